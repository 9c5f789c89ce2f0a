"""Who has no permission is told nothing by any operation, whatever is or is not sent along."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from django.test import Client

from jobs.api.views.document import document
from jobs.models import Job
from tests.support.api import Api
from tests.support.builders import make_job, make_run

BODIES = ("", "{}", '{"status": "SCHEDULED"}', '{"nonsense": 1}')
METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> Iterator[tuple[str, str]]:
    """Method and address of each operation that the document names."""
    for path, item in document()["paths"].items():
        yield from ((method, path) for method in METHODS if method in item)


def filled(path: str, job: Job) -> list[str]:
    """The address with what may stand in its places."""
    run = job.runs.first()
    assert run is not None
    places = {"job_id": job.pk, "run_id": run.pk, "version": 1, "name": "default"}
    while "{" in path:
        before, _, rest = path.partition("{")
        name, _, after = rest.partition("}")
        path = f"{before}{places.get(name, job.pk)}{after}"
    return [path, path.replace(str(job.pk), str(run.pk))]


@pytest.mark.parametrize(("method", "path"), list(operations()), ids=str)
def test_nobody_is_told_anything(method: str, path: str) -> None:
    job = make_run(make_job(name="unseen", params={"note": "unheard"})).job
    client = Client(headers={"authorization": f"Bearer {Api('').secret}"})
    for address, body in product(filled(path, job), BODIES):
        answer = client.generic(method.upper(), address, body, content_type="application/json")
        text = answer.content.decode()
        assert answer.status_code >= 400, (address, body, answer.status_code, text[:300])
        assert "unseen" not in text
        assert "unheard" not in text
