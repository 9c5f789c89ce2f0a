"""Bulk operations: everything a filter matches, a batch at a time, each item through its own
action; never twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.access.actor import Actor
from jobs.actions.bulk import begin_bulk, cancel_bulk
from jobs.actions.jobs import archive_job
from jobs.errors import DomainError
from jobs.maintenance.bulk import BulkOperations, batch
from jobs.maintenance.bulk.batch import ABANDONED, take
from jobs.maintenance.retention import Retention
from jobs.models import AuditEntry, BulkOperation, Job, OverlapPolicy, Run, RunState
from jobs.queries.bulk import percent_done
from tests.support.builders import by, make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once

ANA = by("ana")


def begin(
    verb: str, wanted: Mapping[str, Any] | None = None, *, actor: Actor = ANA, **arguments: Any
) -> BulkOperation:
    return begin_bulk(verb, wanted or {}, arguments, actor=actor, now=timezone.now())


def look(now: datetime | None = None) -> dict[str, int]:
    return BulkOperations().run_once(now=now or timezone.now())


def finish(operation: BulkOperation) -> BulkOperation:
    """Look until it is over; a look ends after a second, so a busy machine needs many."""
    for _ in range(600):
        look()
        operation.refresh_from_db()
        if not operation.is_open:
            return operation
    raise AssertionError(f"it does not end: {operation.counts()} of {operation.total}")


def make_jobs(count: int, **fields: Any) -> list[Job]:
    return [make_job(**fields) for _ in range(count)]


def work_off_one(operation: BulkOperation) -> tuple[str, int]:
    """One batch of it; answers the state and the progress afterwards."""
    taken = take(operation.pk, timezone.now())
    if taken is not None:
        taken.work(until=math.inf)
        taken.give_back()
    operation.refresh_from_db()
    return operation.state, percent_done(operation)


def test_a_pause_of_1200_matching_jobs_reaches_each_and_leaves_the_others() -> None:
    make_jobs(1_200, queue="night")
    other = make_job(name="other")
    operation = begin("pause", {"queue": "night"}, reason="freeze")
    assert (operation.state, percent_done(operation)) == ("queued", 0)
    finish(operation)
    assert (operation.state, operation.total, operation.counts()) == (
        "done",
        1_200,
        {"done": 1_200, "failed": 0, "skipped": 0},
    )
    assert percent_done(operation) == 100
    assert (
        Job.objects.filter(enabled=False, paused_by="ana", paused_reason="freeze").count() == 1_200
    )
    other.refresh_from_db()
    assert other.enabled


def test_the_audit_has_one_entry_with_the_filter_and_one_for_each_item() -> None:
    make_jobs(3, tags=["fin"])
    actor = by("ana", address="10.0.0.7", token="ci")
    finish(begin("pause", {"tag": "fin", "owner": ""}, actor=actor, reason="freeze"))
    order = AuditEntry.objects.get(verb="begin_bulk")
    assert order.changes == {
        "filter": [None, {"tag": "fin"}],
        "arguments": [None, {"reason": "freeze"}],
    }
    assert order.target_name == "pause jobs: tag=fin"
    items = AuditEntry.objects.filter(verb="pause_job")
    assert {(entry.who, entry.surface, entry.address, entry.token) for entry in items} == {
        ("ana", "console", "10.0.0.7", "ci")
    }
    assert items.count() == 3


def test_progress_grows_batch_by_batch_and_stays_below_a_hundred_until_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_jobs(4)
    operation = begin("pause")
    monkeypatch.setattr(batch, "BATCH_SIZE", 1)
    seen = [work_off_one(operation) for _ in range(5)]
    assert seen == [
        ("running", 25),
        ("running", 50),
        ("running", 75),
        ("running", 99),
        ("done", 100),
    ]


def test_what_is_made_or_paused_by_somebody_else_is_left_as_it_is() -> None:
    theirs = make_job(enabled=False, paused_by="ben", paused_reason="broken", tags=["fin"])
    make_job(tags=["fin"])
    operation = begin("pause", {"tag": "fin"}, reason="freeze")
    later = make_job(tags=["fin"])
    finish(operation)
    assert operation.counts() == {"done": 1, "failed": 0, "skipped": 1}
    for job in (theirs, later):
        job.refresh_from_db()
    assert (theirs.paused_by, later.enabled) == ("ben", True)


def test_an_item_that_fails_is_told_and_stops_none_of_the_others(broker: RedisServer) -> None:
    make_job(name="first")
    make_job(name="gone", task="NoSuchTask")
    make_job(name="last")
    operation = finish(begin("run"))
    assert operation.counts() == {"done": 2, "failed": 1, "skipped": 0}
    (failure,) = operation.failures
    assert failure["name"] == "gone"
    assert "NoSuchTask" in failure["reason"]


def test_neither_does_an_item_that_breaks_the_code() -> None:
    make_job(name="broken", tags=5)
    make_job(name="well")
    operation = finish(begin("add_tag", tags=["fin"]))
    assert operation.counts() == {"done": 1, "failed": 1, "skipped": 0}
    assert operation.failures[0]["reason"].startswith("TypeError")


def test_the_first_hundred_failures_are_kept_and_all_are_counted() -> None:
    make_jobs(130, task="NoSuchTask")
    operation = finish(begin("run"))
    assert (operation.failed, len(operation.failures)) == (130, 100)


def test_cancelled_in_the_middle_it_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    make_jobs(5)
    operation = begin("pause")
    monkeypatch.setattr(batch, "BATCH_SIZE", 2)
    work_off_one(operation)
    cancel_bulk(operation, actor=ANA, now=timezone.now())
    work_off_one(operation)
    assert (operation.state, operation.done, operation.finished_at is None) == (
        "cancelled",
        2,
        False,
    )
    assert Job.objects.filter(enabled=False).count() == 2
    with pytest.raises(DomainError, match="finished: cancelled"):
        cancel_bulk(operation, actor=ANA, now=timezone.now())


def test_cancelled_while_a_batch_is_worked_at_it_counts_that_batch_and_ends_cancelled() -> None:
    make_jobs(2)
    operation = begin("pause")
    taken = take(operation.pk, timezone.now())
    assert taken is not None
    cancel_bulk(operation, actor=ANA, now=timezone.now())
    taken.work(until=math.inf)
    taken.give_back()
    operation.refresh_from_db()
    assert (operation.state, operation.done) == ("cancelled", 2)


def test_two_leaders_at_once_do_each_item_once(broker: RedisServer) -> None:
    make_jobs(40)
    operation = begin("run")
    at_once([look, look, look])
    finish(operation)
    assert operation.counts() == {"done": 40, "failed": 0, "skipped": 0}
    assert Run.objects.count() == 40
    assert AuditEntry.objects.filter(verb="run_now").count() == 40


def test_a_crash_between_batches_loses_nothing_and_repeats_nothing(broker: RedisServer) -> None:
    make_jobs(3)
    operation, now = begin("run"), timezone.now()
    crashed = take(operation.pk, now)
    assert crashed is not None
    crashed.work(until=math.inf)  # and never gives back what it counted
    assert look(now + timedelta(seconds=1)) == {"bulk items done": 0, "bulk items failed": 0}
    look(now + ABANDONED + timedelta(seconds=1))
    operation.refresh_from_db()
    assert (operation.state, operation.done) == ("done", 3)
    assert Run.objects.count() == 3
    crashed.give_back()
    operation.refresh_from_db()
    assert operation.done == 3


def test_a_leader_that_was_away_for_too_long_ends_nothing() -> None:
    make_jobs(2)
    operation, now = begin("pause"), timezone.now()
    slow = take(operation.pk, now)
    assert slow is not None
    slow.work(until=math.inf)
    assert take(operation.pk, now + ABANDONED + timedelta(seconds=1)) is not None
    slow.give_back()
    operation.refresh_from_db()
    assert (operation.state, operation.done) == ("running", 0)


def test_it_does_no_more_than_its_author_might_when_it_was_begun() -> None:
    make_jobs(2)
    mine = make_job(name="mine", tags=["fin"])
    limited = by("ana", permissions=frozenset({"beatwright.pause_job"}), tags=frozenset({"fin"}))
    operation = finish(begin("pause", actor=limited))
    assert (operation.total, operation.done) == (1, 1)
    assert [job.pk for job in Job.objects.filter(enabled=False)] == [mine.pk]


@pytest.mark.parametrize(
    ("verb", "arguments", "expected"),
    [
        ("add_tag", {"tags": ["fin", "eu"]}, {"tags": ["eu", "fin"]}),
        ("set_queue", {"queue": "night"}, {"queue": "night"}),
    ],
)
def test_a_field_is_set_on_all_and_what_has_it_already_is_skipped(
    verb: str, arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    job = make_job(tags=["eu"])
    finish(begin(verb, **arguments))
    job.refresh_from_db()
    assert {name: getattr(job, name) for name in expected} == expected
    assert finish(begin(verb, **arguments)).counts() == {"done": 0, "failed": 0, "skipped": 1}


def test_all_are_resumed_and_all_are_archived() -> None:
    jobs = [make_job(enabled=False), make_job()]
    make_run(jobs[0], state=RunState.SUCCEEDED, finished_at=timezone.now())
    assert finish(begin("resume", {"status": "paused"})).done == 1
    assert Job.objects.filter(enabled=True).count() == 2
    assert finish(begin("archive")).done == 2
    assert [job.pk for job in Job.objects.exclude(archived_at=None)] == [jobs[0].pk]


def test_a_pause_ends_when_it_was_told_to() -> None:
    job, until = make_job(), timezone.now() + timedelta(hours=1)
    finish(begin("pause", until=until.isoformat()))
    job.refresh_from_db()
    assert job.paused_until == until


def make_dead(job: Job | None = None, **fields: Any) -> Run:
    return make_run(job, state=RunState.FAILED, finished_at=timezone.now(), **fields)


def test_dead_letters_are_requeued_or_discarded_by_kind(broker: RedisServer) -> None:
    make_dead(fingerprint="a" * 40)
    other = make_dead(fingerprint="b" * 40)
    assert finish(begin("requeue", {"fingerprint": "a" * 40})).counts() == {
        "done": 1,
        "failed": 0,
        "skipped": 0,
    }
    assert finish(begin("discard", {"job": str(other.job_id)}, reason="known")).done == 1
    assert not Run.objects.dead_letters().exists()


def test_a_requeue_reports_what_cannot_run_again(broker: RedisServer) -> None:
    archived, one_at_a_time = make_job(), make_job(overlap_policy=OverlapPolicy.CANCEL_RUNNING)
    make_dead(archived)
    archive_job(archived, actor=ANA, now=timezone.now())
    for _ in range(2):
        make_dead(one_at_a_time)
    operation = finish(begin("requeue"))
    assert operation.counts() == {"done": 1, "failed": 2, "skipped": 0}
    assert "archived" in operation.failures[0]["reason"]


def test_a_rate_spreads_the_requeues_and_a_cancel_stops_them(broker: RedisServer) -> None:
    for _ in range(5):
        make_dead()
    operation, now = begin("requeue", rate=1), timezone.now()
    dead = [
        (
            look(now + timedelta(seconds=after))["bulk items done"],
            Run.objects.dead_letters().count(),
        )
        for after in (0, 0.5, 1, 3)
    ]
    assert dead == [(1, 4), (0, 4), (1, 3), (2, 1)]
    cancel_bulk(operation, actor=ANA, now=timezone.now())
    look(now + timedelta(minutes=1))
    assert Run.objects.dead_letters().count() == 1


def test_it_is_kept_as_long_as_runs_are() -> None:
    operation = finish(begin("pause"))
    assert Retention().run_once(now=timezone.now())["bulk"] == 0
    assert Retention().run_once(now=timezone.now() + timedelta(days=31))["bulk"] == 1
    assert not BulkOperation.objects.filter(pk=operation.pk).exists()


def test_nothing_to_do_is_done_at_once() -> None:
    operation = finish(begin("pause", {"queue": "no-such-queue"}))
    assert (operation.state, operation.total, percent_done(operation)) == ("done", 0, 100)
