"""An existing program of DTS-Go on a real site: its job runs, and it sees what came of it."""

from __future__ import annotations

import json

import grpc
import pytest

from tests.support.databases import BOTH
from tests.support.dts_go import Client
from tests.support.eventually import eventually
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a site of its own")


@pytest.mark.parametrize("database", BOTH)
def test_a_job_that_is_created_runs_and_its_executions_are_listed(database: str) -> None:
    with Site(database) as site:
        server = site.grpc()
        site.scheduler()
        site.worker()
        with Client(site.grpc_port) as client:
            metadata = {"greeting": "hello"}
            made = client.call(
                "JobService.CreateJob", name="hi", cron_expression="* * * * * *", metadata=metadata
            )
            wanted = {"job_id": made.job_id, "status": "completed"}
            page = eventually(
                lambda: (
                    (answer := client.call("ExecutionService.ListExecutions", **wanted)).executions
                    and answer
                ),
                seconds=30,
            )
            assert json.loads(page.executions[0].result) == {"greeting": "hello"}
            assert (
                client.call("ExecutionService.GetExecution", id=page.executions[-1].id)
                == page.executions[-1]
            )
            # Of the newest run, which has not started for a moment of each second.
            assert eventually(
                lambda: client.call("JobService.GetJob", id=made.job_id).HasField("last_run"),
                seconds=30,
            )
            assert client.call("JobService.CancelJob", id=made.job_id).success
            done = client.call("ExecutionService.ListExecutions", job_id=made.job_id).total
            with pytest.raises(grpc.RpcError) as gone:
                client.call("SchedulerService.GetScheduledJob", job_id=made.job_id)
            assert gone.value.code() == grpc.StatusCode.NOT_FOUND
            assert done >= 1
            assert server.stop() == 0
            with pytest.raises(grpc.RpcError) as refused:
                client.call("JobService.ListJobs")
            assert refused.value.code() == grpc.StatusCode.UNAVAILABLE


def test_a_taken_port_and_a_wrong_certificate_are_told_in_one_sentence() -> None:
    with Site() as site:
        site.grpc()
        for variables, text in (
            (
                {"GRPC_PORT": str(site.grpc_port)},
                "CommandError: GRPC_PORT: cannot listen on 127.0.0.1:",
            ),
            (
                {"GRPC_TLS_CERT": "nothing"},
                "CommandError: GRPC_TLS_CERT and GRPC_TLS_KEY are needed together",
            ),
        ):
            process = site.start("grpc_server", env=variables)
            assert process.wait() == 1
            assert text in process.log()
            assert "Traceback" not in process.log()
