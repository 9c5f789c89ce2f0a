"""A request that is sent again with its key does nothing again."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from jobs.maintenance.retention import Retention
from jobs.models import IdempotencyKey, Job, Run, RunState
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once

NEW = {"name": "nightly", "task": "EchoTask", "schedule": "30 2 * * *"}


def test_the_same_job_sent_twice_is_made_once(api: Api) -> None:
    first, again = (api.post("jobs/", NEW, idempotency_key="order-7") for _ in range(2))
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (
        201,
        201,
        "true",
    )
    assert (again.json(), again["ETag"], again["Location"]) == (
        first.json(),
        first["ETag"],
        first["Location"],
    )
    assert Job.objects.count() == 1


def test_the_key_with_another_request_is_a_conflict(api: Api) -> None:
    api.post("jobs/", NEW, idempotency_key="order-7")
    answer = api.post("jobs/", NEW | {"name": "other"}, idempotency_key="order-7")
    assert (answer.status_code, fields_at_fault(answer)) == (409, ["Idempotency-Key"])
    assert Job.objects.count() == 1


def test_the_key_of_one_caller_is_not_anothers(api: Api) -> None:
    api.post("jobs/", NEW, idempotency_key="order-7")
    assert (
        Api().post("jobs/", NEW | {"name": "other"}, idempotency_key="order-7").status_code == 201
    )


def test_the_key_of_one_callers_run_is_not_anothers(api: Api, broker: RedisServer) -> None:
    job = make_job(params={"note": "of another"})
    dead = make_run(job, state=RunState.FAILED)
    for path in (f"jobs/{job.pk}/run/", f"runs/{dead.pk}/rerun/"):
        made = [caller.post(path, idempotency_key=path.split("/")[2]) for caller in (api, Api())]
        assert [answer.status_code for answer in made] == [201, 201]
        assert made[0].json()["id"] != made[1].json()["id"]


def test_an_error_is_not_remembered(api: Api) -> None:
    assert (
        api.post("jobs/", NEW | {"task": "Nothing"}, idempotency_key="order-7").status_code == 422
    )
    assert api.post("jobs/", NEW, idempotency_key="order-7").status_code == 201


def test_the_same_run_sent_twice_is_one_run(api: Api, broker: RedisServer) -> None:
    path = f"jobs/{make_job().pk}/run/"
    first, again = (
        api.post(path, {"params": {"n": 1}}, idempotency_key="order-7") for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    kind, caller, key = first.json()["occurrence_key"].split(":")
    assert (first.json()["trigger"], kind, key) == ("api", "a", "order-7")
    assert len(caller) == 12
    assert api.post(path, {"params": {"n": 2}}, idempotency_key="order-7").status_code == 409
    assert api.post(path, idempotency_key="order-7").status_code == 409
    assert Run.objects.count() == 1


def test_a_run_is_one_run_when_the_answer_was_never_written(api: Api, broker: RedisServer) -> None:
    path = f"jobs/{make_job().pk}/run/"
    first = api.post(path, {"params": {"n": 1}}, idempotency_key="order-7")
    IdempotencyKey.objects.update(status=0, answer=None)
    again = api.post(path, {"params": {"n": 1}}, idempotency_key="order-7")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    IdempotencyKey.objects.all().delete()
    assert api.post(path, {"params": {"n": 2}}, idempotency_key="order-7").status_code == 409
    assert Run.objects.count() == 1


def test_the_same_request_many_times_at_once_does_it_once(api: Api, broker: RedisServer) -> None:
    path = f"jobs/{make_job().pk}/run/"
    answers = at_once([lambda: api.post(path, idempotency_key="order-7")] * 4)
    assert {answer.status_code for answer in answers} <= {200, 201}
    made = at_once([lambda: api.post("jobs/", NEW, idempotency_key="order-8")] * 4)
    assert [answer.status_code for answer in made] == [201] * 4
    assert (Run.objects.count(), Job.objects.count()) == (1, 2)


def test_a_key_that_cannot_be_one_is_refused(api: Api) -> None:
    for key in ("", "two words", "x" * 101, "é"):
        answer = api.post("jobs/", NEW, idempotency_key=key)
        assert (answer.status_code, fields_at_fault(answer)) == (400, ["Idempotency-Key"])
    assert not Job.objects.exists()


def test_keys_are_forgotten_after_a_day(api: Api) -> None:
    api.post("jobs/", NEW, idempotency_key="order-7")
    assert Retention().run_once(now=timezone.now() + timedelta(hours=23))["keys"] == 0
    assert Retention().run_once(now=timezone.now() + timedelta(hours=25))["keys"] == 1


def test_what_runs_at_once_is_sent_with_its_commit(api: Api, broker: RedisServer) -> None:
    sent = ("/jobs", {"type": "EchoTask"}), ("tasks", {"type": "EchoTask"})
    for path, body in sent:
        assert api.post(path, body, idempotency_key=path).status_code == 201
    assert [run.published_at is not None for run in Run.objects.all()] == [True, True]
    with broker.client() as client:
        assert sum(client.llen(name) for name in client.keys("default*")) == 2


def test_the_same_rerun_sent_twice_is_one_rerun(api: Api, broker: RedisServer) -> None:
    run = make_run(state="failed", finished_at=timezone.now())
    path = f"runs/{run.pk}/rerun/"
    first = api.post(path, {"params": {"n": 1}}, idempotency_key="order-7")
    IdempotencyKey.objects.all().delete()
    again = api.post(path, {"params": {"n": 1}}, idempotency_key="order-7")
    assert (first.status_code, again.status_code, again.json()["id"]) == (
        201,
        200,
        first.json()["id"],
    )
    assert again.json()["parent"] == str(run.pk)
    assert api.post(path, {"params": {"n": 2}}, idempotency_key="order-8").status_code == 201
    IdempotencyKey.objects.all().delete()
    assert fields_at_fault(api.post(path, {"params": {"n": 2}}, idempotency_key="order-7")) == [
        "Idempotency-Key"
    ]
    assert Run.objects.count() == 3
