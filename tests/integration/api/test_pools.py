"""Pools over HTTP: made, read with what is in use, changed, removed; and jobs that name them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Pool, RunState
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_pool, make_run

GPU = {"name": "gpu", "slots": 2, "memory": 1024, "description": "two cards"}
JOB = {"name": "train", "task": "EchoTask", "schedule": "@daily"}


def test_a_pool_is_made_read_changed_and_removed(api: Api) -> None:
    made = api.post("pools/", GPU)
    assert (made.status_code, made["Location"]) == (201, "/api/v1/pools/gpu/")
    body = made.json()
    assert {name: body[name] for name in GPU} == GPU
    assert (body["cpu"], body["waiting"], body["jobs"]) == (None, 0, 0)
    assert api.get(made["Location"]).json() == body
    changed = api.send("patch", "pools/gpu/", {"slots": 3, "memory": None}).json()
    assert (changed["slots"], changed["memory"], changed["description"]) == (3, None, "two cards")
    assert [pool["name"] for pool in api.get("pools/").json()["results"]] == ["gpu"]
    assert api.send("delete", "pools/gpu/").status_code == 204
    assert api.get("pools/gpu/").status_code == 404
    assert api.get("pools/").json() == {"results": []}


def test_a_pool_tells_what_is_in_use_and_what_waits(api: Api) -> None:
    make_pool("gpu", slots=2, memory=1024)
    make_pool("idle")
    job = make_job(pool="gpu", resources={"memory": 400})
    make_run(job, state=RunState.RUNNING)
    make_run(job, published_at=timezone.now())
    make_run(job)
    gpu, idle = api.get("pools/").json()["results"]
    assert gpu["used"] == {"slots": 2, "cpu": 0, "memory": 800, "storage": 0}
    assert (gpu["waiting"], gpu["jobs"]) == (1, 1)
    assert (idle["used"]["slots"], idle["waiting"], idle["jobs"]) == (0, 0, 0)
    assert api.get("pools/gpu/").json() == gpu


def test_whom_tags_limit_counts_the_jobs_they_see() -> None:
    make_pool("gpu")
    make_job(pool="gpu", tags=["fin"])
    make_job(pool="gpu")
    assert Api("viewer", tags=["fin"]).get("pools/gpu/").json()["jobs"] == 1


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"slots": 2}, 400, ["name"]),
        ({"name": "gpu", "slots": 0}, 400, ["slots"]),
        ({"name": "gpu", "slots": "2"}, 400, ["slots"]),
        ({"name": "gpu", "cpu": -1}, 400, ["cpu"]),
        ({"name": "gpu", "gpus": 1}, 400, ["gpus"]),
        ({"name": "a b"}, 422, ["name"]),
        ({"name": "gpu", "description": "\0"}, 422, ["description"]),
        ({"name": "taken"}, 409, ["name"]),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(
    api: Api, body: Any, status: int, fields: list[str]
) -> None:
    make_pool("taken")
    answer = api.post("pools/", body)
    assert (answer.status_code, fields_at_fault(answer)) == (status, fields)
    assert Pool.objects.count() == 1


def test_a_pool_sent_twice_with_its_key_is_made_once(api: Api) -> None:
    first, again = (api.post("pools/", GPU, idempotency_key="order-7") for _ in range(2))
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (
        201,
        201,
        "true",
    )
    assert again.json() == first.json()


def test_a_pool_that_a_job_names_stays(api: Api) -> None:
    make_pool("gpu")
    make_job(name="train", pool="gpu")
    answer = api.send("delete", "pools/gpu/")
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["pool"])
    assert "train" in answer.json()["detail"]
    assert Pool.objects.exists()


@pytest.mark.parametrize("name", ["tpu", "a%00b", "a b"])
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_what_is_no_pool_is_not_found(api: Api, method: str, name: str) -> None:
    answer = (
        api.get(f"pools/{name}/") if method == "get" else api.send(method, f"pools/{name}/", {})
    )
    assert (answer.status_code, fields_at_fault(answer)) == (404, ["pool"])


def test_a_job_is_held_to_the_pools_there_are(api: Api) -> None:
    make_pool("gpu", cpu=8)
    answer = api.post("jobs/", JOB | {"pool": "tpu"})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["pool"])
    assert answer.json()["errors"][0]["hint"] == "pools: gpu"
    job = api.post("jobs/", JOB | {"pool": "gpu", "resources": {"cpu": 8}}).json()
    answer = api.send("patch", f"jobs/{job['id']}/", {"resources": {"cpu": 9}})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["resources"])
    assert answer.json()["errors"][0]["message"] == "needs 9 cpu, the pool gpu has 8"


def test_jobs_are_listed_by_their_pool(api: Api) -> None:
    make_job(name="train", pool="gpu")
    make_job(name="other")
    assert [job["name"] for job in api.get("jobs/", pool="gpu").json()["results"]] == ["train"]
