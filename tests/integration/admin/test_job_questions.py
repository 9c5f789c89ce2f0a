"""What is asked before a button acts, what the ticked jobs have done to them, and what can be
undone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Run, RunState
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer

LIST = "/admin/beatwright/job/"
BULK = f"{LIST}bulk/"


def url(job: Job, verb: str) -> str:
    return f"{LIST}{job.pk}/{verb}/"


def messages_of(client: Client) -> str:
    return " ".join(str(message) for message in client.get(LIST).context["messages"])


def bulk(client: Client, verb: str, *jobs: Job, **data: str) -> Any:
    return client.post(
        BULK, {"verb": verb, "sure": "1", "job": [str(job.pk) for job in jobs], **data}
    )


def press_undo(client: Client) -> str:
    """Press the button of the message that is waiting; returns what the next page says."""
    message = messages_of(client)
    token = message.partition('name="token" value="')[2].partition('"')[0]
    client.post("/admin/undo/", {"token": token})
    return messages_of(client)


def test_run_now_shows_the_params_and_takes_others_for_this_run_alone(
    boss: Client, broker: RedisServer
) -> None:
    job = make_job(task="LogTask", params={"message": "hello", "level": "info"})
    assert "hello" in boss.get(url(job, "run")).context["params"]
    boss.post(url(job, "run"), {"params": '{"message": "only once"}'})
    assert Run.objects.get().params == {"message": "only once"}
    job.refresh_from_db()
    assert job.params == {"message": "hello", "level": "info"}


def test_secrets_in_the_params_are_hidden_and_go_into_the_run_all_the_same(
    boss: Client, broker: RedisServer
) -> None:
    job = make_job(task="EchoTask", params={"token": "s3cret", "n": 1})
    shown = boss.get(url(job, "run"))
    assert "s3cret" not in shown.content.decode()
    boss.post(url(job, "run"), {"params": shown.context["params"]})
    boss.post(url(job, "run"), {"params": shown.context["params"].replace("1", "2")})
    assert [run.params for run in Run.objects.order_by("id")] == [
        {"token": "s3cret", "n": 1},
        {"token": "s3cret", "n": 2},
    ]


def test_true_in_the_place_of_one_is_another_value(boss: Client, broker: RedisServer) -> None:
    job = make_job(task="EchoTask", params={"payload": 1})
    boss.post(url(job, "run"), {"params": '{"payload": true}'})
    assert Run.objects.get().params == {"payload": True}


@pytest.mark.parametrize("params", ["{", '{"message": 5}', "[1]", "[" * 40_000])
def test_wrong_params_are_refused_beside_what_was_written(boss: Client, params: str) -> None:
    job = make_job(task="LogTask", params={"message": "hello"})
    response = boss.post(url(job, "run"), {"params": params})
    assert response.status_code == 422
    assert response.context["problem"]
    assert response.context["written"]["params"] == params
    assert not Run.objects.exists()


def test_the_question_alone_is_handed_to_the_lists_popup(boss: Client) -> None:
    html = boss.get(
        url(make_job(name="nightly"), "pause"), headers={"x-popup": "1"}
    ).content.decode()
    assert "<html" not in html
    assert "nightly" in html


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("ever", None),
        ("hour", datetime(2026, 3, 28, 13, 0, tzinfo=UTC)),
        (
            "morning",
            datetime(2026, 3, 29, 7, 0, tzinfo=UTC),
        ),  # nine o'clock in Berlin, on the day of the change
    ],
)
def test_a_pause_lasts_as_long_as_was_chosen(
    boss: Client, chosen: str, expected: datetime | None
) -> None:
    job = make_job(timezone="Europe/Berlin")
    with time_machine.travel(datetime(2026, 3, 28, 12, 0, tzinfo=UTC), tick=False):
        boss.post(
            url(job, "pause"), {"reason": "db move", "for": chosen, "until": "2001-01-01T00:00"}
        )
    job.refresh_from_db()
    assert (job.enabled, job.paused_until) == (False, expected)


def test_undo_lets_the_job_stand_exactly_as_before(boss: Client) -> None:
    job = make_job(schedule="* * * * *")
    before = job.state.next_run_at
    boss.post(url(job, "pause"), {"reason": "a slip"})
    assert "Undone" in press_undo(boss)
    job = Job.objects.select_related("state").get()
    assert (job.enabled, job.paused_at, job.paused_by, job.paused_reason) == (True, None, "", "")
    assert job.state.next_run_at == before
    assert not Run.objects.exists()


def test_undo_plans_what_came_due_meanwhile(boss: Client) -> None:
    with time_machine.travel(datetime(2026, 5, 5, 11, 59, 58, tzinfo=UTC), tick=False) as clock:
        job = make_job(schedule="0 12 * * *")
        boss.post(url(job, "pause"))
        clock.shift(5)
        press_undo(boss)
    job = Job.objects.select_related("state").get()
    assert job.state.next_run_at == datetime(2026, 5, 5, 12, 0, tzinfo=UTC)


def test_undo_gives_an_earlier_pause_back_to_whom_it_was(boss: Client) -> None:
    job = make_job(
        enabled=False, paused_at=timezone.now(), paused_by="ana", paused_reason="db move"
    )
    boss.post(url(job, "pause"), {"reason": "mine"})
    press_undo(boss)
    job.refresh_from_db()
    assert (job.enabled, job.paused_by, job.paused_reason) == (False, "ana", "db move")


def test_undo_comes_too_late_once_somebody_has_resumed_or_a_minute_has_passed(boss: Client) -> None:
    job = make_job()
    boss.post(url(job, "pause"))
    job.refresh_from_db()
    job.description = "saved meanwhile"
    job.save()
    assert "has been changed since" in press_undo(boss)
    assert "There is nothing to undo." in press_undo(boss)

    boss.post(url(job, "pause"))
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        assert "too late" in press_undo(boss)
    job.refresh_from_db()
    assert not job.enabled


def test_a_bulk_verb_asks_first_and_names_the_ticked(boss: Client) -> None:
    jobs = [make_job(name="one"), make_job(name="two")]
    for verb in ("run", "pause", "tag", "queue", "archive"):
        response = boss.post(BULK, {"verb": verb, "job": [str(job.pk) for job in jobs]})
        asked = response.context.get("jobs") or response.context["confirm"].named
        assert [getattr(job, "name", job) for job in asked] == ["one", "two"]
    assert not Run.objects.exists()
    assert Job.objects.filter(enabled=True, archived_at=None).count() == 2
    assert "No job selected" in boss.post(BULK, {"verb": "run"}).content.decode()


def test_the_ticked_jobs_are_run(boss: Client, broker: RedisServer) -> None:
    bulk(boss, "run", make_job(), make_job())
    assert len(Run.objects.all()) == 2
    assert "Started 2 jobs." in messages_of(boss)


def test_the_ticked_jobs_are_paused_with_one_reason_and_undone_together(boss: Client) -> None:
    jobs = [make_job(), make_job()]
    bulk(boss, "pause", *jobs, reason="db move")
    assert set(Job.objects.values_list("enabled", "paused_reason")) == {(False, "db move")}
    assert "Undone: 2 jobs restored." in press_undo(boss)
    assert set(Job.objects.values_list("enabled", "paused_reason")) == {(True, "")}


def test_the_ticked_jobs_get_a_tag_beside_their_own(boss: Client) -> None:
    first, second = make_job(tags=["fin"]), make_job(tags=["ops"])
    bulk(boss, "tag", first, second, tags="#ops, new")
    assert Job.objects.get(pk=first.pk).tags == ["fin", "ops", "new"]
    assert Job.objects.get(pk=second.pk).tags == ["ops", "new"]
    assert "The tag is required" in bulk(boss, "tag", first, tags=" , ").content.decode()


def test_the_ticked_jobs_get_another_queue_or_an_error_each(boss: Client) -> None:
    first, second = make_job(), make_job()
    bulk(boss, "queue", first, second, queue="reports")
    assert set(Job.objects.values_list("queue", flat=True)) == {"reports"}
    bulk(boss, "queue", first, second, queue="two words")
    assert messages_of(boss).count("letters, digits") == 2
    assert set(Job.objects.values_list("queue", flat=True)) == {"reports"}


def test_the_ticked_jobs_are_archived(boss: Client) -> None:
    kept, gone = make_job(), make_job()
    make_run(kept)
    bulk(boss, "archive", kept, gone)
    assert [job.archived_at is not None for job in Job.objects.all()] == [True]


def running(job: Job) -> Run:
    return make_run(
        job, state=RunState.RUNNING, exclusive=True, attempt=1, started_at=timezone.now()
    )


def test_run_now_says_beforehand_that_it_would_be_skipped_and_offers_to_queue_it(
    boss: Client, broker: RedisServer
) -> None:
    job = make_job(overlap_policy="skip")
    first = running(job)
    for page in (boss.get(url(job, "run")), boss.get(f"{LIST}{job.pk}/")):
        html = page.content.decode()
        assert "A run has been running since" in html
        assert "A new run would be skipped." in html
        assert f"/admin/beatwright/run/{first.pk}/" in html
    assert boss.get(url(job, "run")).context["in_the_way"].button == "Queue"
    boss.post(url(job, "run"), {"sure": "1", "waits": "1"})
    assert Run.objects.get(state=RunState.BLOCKED).other_run == first.pk


def test_where_nothing_would_come_of_it_there_is_no_button(
    boss: Client, broker: RedisServer
) -> None:
    job = make_job(overlap_policy="queue")
    running(job)
    assert boss.get(url(job, "run")).context["in_the_way"].button == "Run now"
    make_run(job, state=RunState.BLOCKED, exclusive=True)
    assert boss.get(url(job, "run")).context["in_the_way"].button == ""


def test_a_run_that_was_skipped_is_no_success(boss: Client, broker: RedisServer) -> None:
    job = make_job(name="slow", overlap_policy="skip")
    running(job)
    boss.post(url(job, "run"), {"sure": "1"})
    (message,) = boss.get(LIST).context["messages"]
    assert message.level_tag == "warning"
    assert str(message).startswith("slow did not run: the run of ")
    bulk(boss, "run", job, make_job(name="other"))
    levels = [message.level_tag for message in boss.get(LIST).context["messages"]]
    assert sorted(levels) == ["success", "warning"]
