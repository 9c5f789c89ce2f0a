"""Runs over HTTP: read, their result and log, cancelled, run again; dead letters."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.models import IdempotencyKey, Run, RunLog, RunState
from jobs.redaction.keys import MASK
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer

KIND = "f" * 40


def make_ended(state: str = "succeeded", **fields: Any) -> Run:
    """A run with one attempt that is over."""
    run = make_run(state=state, attempt=1, publish_count=1, finished_at=timezone.now(), **fields)
    TaskResult.objects.create(
        task_id=run.message_id,
        status="SUCCESS" if state == "succeeded" else "FAILURE",
        result=json.dumps({"rows": 7, "password": "hunter2"}) if state == "succeeded" else None,
        traceback=None if state == "succeeded" else "Traceback …",
        meta=json.dumps({"run": str(run.pk), "attempt": 1, "outcome": state}),
    )
    return run


def test_a_run_is_read_with_its_attempts(api: Api) -> None:
    run = make_ended()
    body = api.get(f"runs/{run.pk}/").json()
    assert (body["id"], body["job_name"], body["state"]) == (str(run.pk), run.job.name, "succeeded")
    assert [(attempt["task_id"], attempt["outcome"]) for attempt in body["attempts"]] == [
        (f"{run.pk}.1", "succeeded")
    ]
    assert api.get(f"runs/{run.pk}/", fields="state,attempts").json().keys() == {
        "state",
        "attempts",
    }


def test_what_a_stock_workers_backend_notes_of_a_message_is_no_attempt(api: Api) -> None:
    run = make_run(publish_count=2)
    TaskResult.objects.create(task_id=f"{run.pk}.1", status="FAILURE", meta='{"children": []}')
    assert api.get(f"runs/{run.pk}/").json()["attempts"] == []


def test_a_result_is_the_last_attempts(api: Api) -> None:
    good, bad, waiting = make_ended(), make_ended("failed", error="E: no"), make_run()
    assert api.get(f"runs/{good.pk}/result/").json()["result"] == {"rows": 7, "password": MASK}
    told = api.get(f"runs/{bad.pk}/result/").json()
    assert (told["state"], told["result"], told["error"], told["traceback"]) == (
        "failed",
        None,
        "E: no",
        "Traceback …",
    )
    assert api.get(f"runs/{waiting.pk}/result/").json()["result"] is None


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_secrets_are_masked_whoever_asks(role: str) -> None:
    run = make_ended(job=make_job(params={"token": "abc", "day": 1}))
    api = Api(role)
    assert api.get(f"runs/{run.pk}/result/").json()["result"]["password"] == MASK
    assert api.get(f"runs/{run.pk}/").json()["params"] == {"token": MASK, "day": 1}
    assert api.get(f"jobs/{run.job_id}/").json()["params"]["token"] == MASK


@pytest.mark.parametrize("method", ["patch", "put"])
def test_what_was_read_can_be_written_back_and_keeps_its_secrets(method: str) -> None:
    job = make_job(params={"token": "abc", "day": 1})
    editor = Api("editor")
    read = editor.get(f"jobs/{job.pk}/", fields="name,task,schedule,params").json()
    answer = editor.send(method, f"jobs/{job.pk}/", read | {"params": read["params"] | {"day": 2}})
    assert answer.status_code == 200, answer.content
    job.refresh_from_db()
    assert job.params == {"token": "abc", "day": 2}


def test_a_mask_that_hides_nothing_is_refused() -> None:
    job = make_job(params={"token": "abc"})
    answer = Api("editor").send("patch", f"jobs/{job.pk}/", {"params": {"message": MASK}})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["params"])
    new = {"name": "fresh", "task": "EchoTask", "schedule": "@daily", "params": {"token": MASK}}
    assert fields_at_fault(Api("editor").post("jobs/", new)) == ["params"]


def test_a_run_with_masks_and_a_key_is_the_same_run_again(broker: RedisServer) -> None:
    job = make_job(params={"token": "abc", "day": 1})
    wanted = {"params": {"token": MASK, "day": 2}}
    operator = Api("operator")
    first = operator.post(f"jobs/{job.pk}/run/", wanted, idempotency_key="k")
    assert (first.status_code, Run.objects.get().params) == (201, {"token": "abc", "day": 2})
    IdempotencyKey.objects.all().delete()  # the answer was never written
    assert operator.post(f"jobs/{job.pk}/run/", wanted, idempotency_key="k").status_code == 200


def write_log(run: Run, *pieces: tuple[int, int, str]) -> None:
    for attempt, seq, text in pieces:
        RunLog.objects.create(
            run=run, attempt=attempt, seq=seq, created_at=timezone.now(), text=text
        )


def test_a_log_is_read_piece_by_piece_and_goes_on_where_it_stopped(api: Api) -> None:
    run = make_run(state="running", attempt=2)
    write_log(run, (1, 1, "a\n"), (1, 2, "b\n"), (2, 1, "c\n"))
    first = api.get(f"runs/{run.pk}/logs/", limit=2).json()
    assert [piece["text"] for piece in first["results"]] == ["a\n", "b\n"]
    second = api.get(first["next"].removeprefix("http://testserver")).json()
    assert ([piece["text"] for piece in second["results"]], second["next"]) == (["c\n"], None)
    write_log(run, (2, 2, "d\n"))
    third = api.get(f"runs/{run.pk}/logs/", cursor=second["cursor"]).json()
    assert [piece["text"] for piece in third["results"]] == ["d\n"]
    nothing = api.get(f"runs/{run.pk}/logs/", cursor=third["cursor"]).json()
    assert (nothing["results"], nothing["cursor"]) == ([], third["cursor"])
    assert [
        piece["text"] for piece in api.get(f"runs/{run.pk}/logs/", attempt=1).json()["results"]
    ] == ["a\n", "b\n"]


def test_a_run_that_waits_is_cancelled_and_one_that_is_over_is_a_conflict(api: Api) -> None:
    run = make_run()
    assert api.post(f"runs/{run.pk}/cancel/").json()["state"] == "cancelled"
    answer = api.post(f"runs/{run.pk}/cancel/")
    assert (answer.status_code, fields_at_fault(answer)) == (409, ["state"])
    assert api.get(f"runs/{run.pk}/why/").json()["code"] == "cancelled"


def test_a_run_is_run_again_with_other_params(api: Api, broker: RedisServer) -> None:
    run = make_ended("failed")
    answer = api.post(f"runs/{run.pk}/rerun/", {"params": {"n": 2}})
    body = answer.json()
    assert (answer.status_code, body["parent"], body["trigger"], body["params"]) == (
        201,
        str(run.pk),
        "rerun",
        {"n": 2},
    )
    assert answer["Location"] == f"/api/v1/runs/{body['id']}/"


def test_a_run_is_queued_and_says_so_when_the_broker_is_away(api: Api, broker: RedisServer) -> None:
    broker.stop()
    answer = api.post(f"jobs/{make_job().pk}/run/")
    assert answer.status_code == 201
    assert "broker cannot be reached" in answer.json()["note"]


def test_params_of_a_run_that_do_not_fit_are_named(api: Api) -> None:
    job = make_job(task="LogTask", params={"message": "x"})
    answer = api.post(f"jobs/{job.pk}/run/", {"params": {"message": 5, "lvl": "info"}})
    assert (answer.status_code, sorted(fields_at_fault(answer))) == (
        422,
        ["params.lvl", "params.message"],
    )
    assert not Run.objects.exists()


def test_a_run_that_is_not_there_is_not_found(api: Api) -> None:
    for path in ("", "result/", "logs/", "why/"):
        assert api.get(f"runs/{uuid.uuid4()}/{path}").status_code == 404
    assert api.post(f"runs/{uuid.uuid4()}/cancel/").status_code == 404


def test_dead_letters_are_listed_grouped_and_requeued(api: Api) -> None:
    job = make_job()
    dead = [
        make_run(job, state="failed", finished_at=timezone.now(), fingerprint=KIND)
        for _ in range(3)
    ]
    make_run(job, state="timed_out", finished_at=timezone.now())
    assert len(api.get("dead-letters/", fingerprint=KIND).json()["results"]) == 3
    assert [group["count"] for group in api.get("dead-letters/groups/").json()["results"]] == [1, 3]
    choice = {"fingerprint": KIND}
    assert api.post("dead-letters/requeue/", choice | {"dry_run": True}).json()["requeued"] == 3
    done = api.post("dead-letters/requeue/", choice).json()
    assert (done["requeued"], done["left"], done["more"]) == (3, {}, False)
    assert done["runs"].keys() == {str(run.pk) for run in dead}
    assert len(api.get("dead-letters/").json()["results"]) == 1


def test_dead_letters_are_discarded_with_a_reason(api: Api) -> None:
    run = make_run(state=RunState.FAILED, finished_at=timezone.now())
    assert fields_at_fault(api.post("dead-letters/discard/", {"ids": [str(run.pk)]})) == ["reason"]
    counted = api.post("dead-letters/discard/", {"ids": [str(run.pk)], "dry_run": True}).json()
    assert counted == {"discarded": 1, "more": False, "dry_run": True}
    assert (
        api.post("dead-letters/discard/", {"ids": [str(run.pk)], "reason": "known"}).json()[
            "discarded"
        ]
        == 1
    )
    run.refresh_from_db()
    assert (run.resolved_by, run.resolution) == (api.name, "discarded: known")


def test_all_dead_letters_are_meant_only_where_that_is_said(api: Api) -> None:
    make_run(state=RunState.FAILED, finished_at=timezone.now())
    for body in ({}, {"all": True, "fingerprint": KIND}):
        answer = api.post("dead-letters/requeue/", body)
        assert (answer.status_code, fields_at_fault(answer)) == (422, ["all"])
    assert api.post("dead-letters/requeue/", {"all": True}).json()["requeued"] == 1


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ('{"loss": NaN, "rows": 7}', {"loss": "nan", "rows": 7}),
        ("-Infinity", "-inf"),
        ('"bad \\udcff name"', "bad ? name"),
        ("[" * 150 + "]" * 150, "not shown"),
        ("[" * 100_000 + "]" * 100_000, "[[[["),
        ("9" * 5_000, "9999"),
        ("no JSON", "no JSON"),
    ],
    ids=["no number", "infinite", "surrogate", "deep", "very deep", "huge", "no JSON"],
)
def test_a_result_is_shown_whatever_others_have_stored(api: Api, stored: str, shown: Any) -> None:
    run = make_ended()
    TaskResult.objects.filter(task_id=run.message_id).update(result=stored)

    for answer in (api.get(f"runs/{run.pk}/"), api.get(f"runs/{run.pk}/result/")):
        assert answer.status_code == 200
        body = answer.json()
        result = body["result"] if "result" in body else body["attempts"][0]["result"]
        assert result == shown or (isinstance(shown, str) and shown in json.dumps(result))
