"""No message of gRPC has a secret's text, for an admin neither."""

from __future__ import annotations

import json
from collections.abc import Callable

from jobs.access.roles import Role
from jobs.redaction.keys import MASK
from tests.support.builders import make_attempt, make_job, make_run
from tests.support.dts_go import Client

SECRET = "corr3ct-h0rse"


def test_neither_jobs_nor_executions_have_it(with_role: Callable[..., Client]) -> None:
    job = make_job(
        params={"password": SECRET, "note": f"uses {SECRET}"}, metadata={"api_key": SECRET}
    )
    run = make_run(job, state="succeeded", attempt=1, publish_count=1)
    make_attempt(run, result=json.dumps({"said": f"with {SECRET}"}))
    make_run(job, state="failed", error=f"ValueError: {SECRET}")
    client = with_role(Role.ADMIN)
    for method, fields in (
        ("JobService.GetJob", {"id": str(job.pk)}),
        ("JobService.ListJobs", {}),
        ("ExecutionService.GetExecution", {"id": str(run.pk)}),
        ("ExecutionService.ListExecutions", {}),
    ):
        told = client.call(method, **fields).SerializeToString()
        assert SECRET.encode() not in told
        assert MASK.encode() in told or b"\\u2022" in told
