"""Expectations: judged from the ledger, once, by whichever leader comes to it, however late."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.dispatch.occurrences import make_run as planned_run
from jobs.dispatch.occurrences import make_skip
from jobs.maintenance.expectations import check_expectations
from jobs.maintenance.rollups import RollUps
from jobs.models import Job, JobHealth, Miss, MissKind, Run, RunState, Trigger
from tests.support.builders import (
    make_attempt,
    make_job,
    make_leader,
    make_pool,
    make_run,
    make_worker,
)
from tests.support.threads import at_once

NOW = timezone.now().replace(microsecond=0)
PAST = NOW - timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def look(now: datetime | None = None) -> int:
    return check_expectations(now=now or NOW)["expectations missed"]


def nightly(**fields: Any) -> Job:
    return make_job(**{"name": "nightly", "must_succeed_by": "30m"} | fields)


def overdue(job: Job, state: RunState = RunState.QUEUED, **fields: Any) -> Run:
    """An occurrence whose deadline was ten minutes ago."""
    due = PAST - 30 * MINUTE
    ended = PAST - MINUTE if state.is_final else None
    defaults = {"scheduled_for": due, "succeed_by": PAST, "finished_at": ended}
    return make_run(job, state=state, **(defaults | fields))


def messages() -> list[str]:
    return list(Miss.objects.order_by("id").values_list("message", flat=True))


def test_a_planned_occurrence_has_its_deadline_with_the_grace() -> None:
    job = make_job(must_succeed_by="03:00", success_grace_seconds=600, timezone="Europe/Berlin")
    due = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    assert planned_run(job, due, now=due).succeed_by == datetime(2026, 12, 1, 2, 10, tzinfo=UTC)
    assert planned_run(make_job(), due, now=due).succeed_by is None


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.API, Trigger.BACKFILL, Trigger.RERUN])
def test_what_people_start_has_no_deadline(trigger: Trigger) -> None:
    assert planned_run(nightly(), NOW, now=NOW, trigger=trigger, key="k").succeed_by is None


def test_an_occurrence_that_has_not_succeeded_by_its_deadline_is_a_miss_once() -> None:
    run = overdue(nightly(timezone="Europe/Berlin"))
    assert look() == 1
    miss = Miss.objects.get()
    assert (miss.run, miss.job, miss.kind) == (run, run.job, MissKind.OVERDUE)
    assert (miss.at, miss.known_at, miss.over_at) == (PAST, NOW, None)
    assert miss.message.startswith("The occurrence of ")
    assert " Europe/Berlin had not succeeded by " in miss.message
    run.refresh_from_db()
    assert run.in_time is False
    assert look() == 0
    assert Miss.objects.count() == 1


def test_a_deadline_is_judged_when_late_commits_are_in() -> None:
    overdue(nightly())
    assert look(PAST + timedelta(seconds=1)) == 0
    assert look(PAST + timedelta(seconds=6)) == 1


def test_a_run_that_fails_and_succeeds_at_a_retry_in_time_is_no_miss() -> None:
    run = overdue(nightly(), RunState.SUCCEEDED, attempt=3, failures=2)
    assert look() == 0
    run.refresh_from_db()
    assert run.in_time is True


def test_a_run_that_succeeded_too_late_is_a_miss_however_late_the_leader_comes() -> None:
    run = overdue(nightly(), RunState.SUCCEEDED, finished_at=PAST + MINUTE)
    RollUps().run_once(now=NOW)
    run.refresh_from_db()
    assert run.in_time is None
    assert look(NOW + timedelta(days=2)) == 1
    assert "succeeded at " in messages()[0]


def test_the_rollup_notes_who_was_in_time() -> None:
    run = overdue(nightly(), RunState.SUCCEEDED)
    RollUps().run_once(now=NOW)
    run.refresh_from_db()
    assert run.in_time is True


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.TIMED_OUT, RunState.CANCELLED])
def test_an_occurrence_that_ended_otherwise_is_a_miss_that_says_how(state: RunState) -> None:
    overdue(nightly(), state, error="ConnectionError: db2", reason="cancelled by ana")
    assert look() == 1
    assert ("db2" in messages()[0]) or ("cancelled by ana" in messages()[0])


def test_a_failed_run_whose_rerun_succeeds_in_time_is_no_miss() -> None:
    job = nightly()
    failed = overdue(job, RunState.FAILED)
    again = make_run(job, state=RunState.FAILED, parent=failed, finished_at=PAST - MINUTE)
    make_run(job, state=RunState.SUCCEEDED, parent=again, finished_at=PAST - MINUTE)
    assert look() == 0
    failed.refresh_from_db()
    assert failed.in_time is True


def test_a_failed_run_whose_rerun_succeeds_too_late_is_a_miss() -> None:
    job = nightly()
    failed = overdue(job, RunState.FAILED)
    make_run(job, state=RunState.SUCCEEDED, parent=failed, finished_at=PAST + MINUTE)
    assert look() == 1


def test_an_occurrence_skipped_for_a_run_that_succeeds_in_time_is_no_miss() -> None:
    job = nightly()
    earlier = make_run(job, state=RunState.SUCCEEDED, finished_at=PAST - MINUTE)
    overdue(job, RunState.SKIPPED, reason="overlap: still running", other_run=earlier.pk)
    assert look() == 0


def test_what_it_waits_for_is_said_in_the_miss() -> None:
    make_leader()
    make_worker()
    make_pool("partner", slots=0)
    overdue(nightly(pool="partner"))
    assert look() == 1
    assert "a slot" in messages()[0]
    assert "the pool partner" in messages()[0]


def test_occurrences_that_nobody_planned_are_a_miss_once_they_are_known() -> None:
    job = nightly()
    first = PAST - timedelta(hours=5)
    skip = make_skip(job, first, PAST, 4, now=NOW, reason="missed: no scheduler planned it")
    skip.save()
    assert look() == 1
    assert "4 occurrences" in messages()[0]
    assert Miss.objects.get().over_at is None


def test_what_a_person_has_taken_away_is_noted_and_alerts_nobody() -> None:
    job = nightly()
    make_skip(job, PAST - timedelta(hours=5), PAST, 2, now=NOW, reason="paused by ana: move").save()
    assert look() == 1
    assert "paused by ana: move" in messages()[0]
    assert Miss.objects.get().over_at == NOW


def test_two_leaders_at_once_judge_each_occurrence_once() -> None:
    job = nightly()
    for minute in range(20):
        overdue(job, scheduled_for=PAST - minute * MINUTE)
    at_once([look, look, look])
    look()
    assert Miss.objects.count() == 20


class Dies(BaseException):
    """A process that is no more."""


def dying_at(statement: int) -> Any:
    """A wrapper of statements: the process dies instead of sending this one."""
    seen = iter(range(1_000))

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if next(seen) == statement:
            raise Dies
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)


def test_a_leader_that_dies_at_any_statement_leaves_no_half_and_the_next_ends_it() -> None:
    """The mark and the miss are one transaction: both are there, or neither."""
    died = 0
    for statement in range(40):
        run = overdue(nightly(name=f"nightly-{statement}"))
        try:
            with dying_at(statement):
                look()
        except Dies:
            died += 1
        run.refresh_from_db()
        assert (run.in_time is False) == run.misses.exists()
        look()
        run.refresh_from_db()
        assert (run.in_time, run.misses.count()) == (False, 1)
    assert 5 < died < 40


def test_while_nothing_is_overdue_a_look_takes_two_queries_however_many_runs_there_are() -> None:
    job = nightly(longest_run="1h")
    for minute in range(5):
        make_run(job, state=RunState.SUCCEEDED, succeed_by=PAST, in_time=True, started_at=PAST)
        make_run(job, succeed_by=NOW + minute * MINUTE)
    with CaptureQueriesContext(connection) as queries:
        assert look() == 0
    assert len(queries) == 2


def test_the_open_deadlines_are_found_in_their_index() -> None:
    found = Run.objects.to_judge(NOW).order_by("succeed_by")
    if connection.vendor == "sqlite":
        assert "run_to_succeed" in found.explain()
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            assert "run_to_succeed" in found.explain()
            cursor.execute("SET enable_seqscan = on")


def ended(job: Job, minutes: float, **fields: Any) -> Run:
    started = NOW - timedelta(minutes=minutes)
    defaults = {"state": RunState.SUCCEEDED, "started_at": started, "finished_at": NOW}
    times = {"scheduled_for": started, "available_at": started, "attempt": 1, "publish_count": 1}
    return make_run(job, **(defaults | times | fields))


def test_a_run_at_work_for_too_long_is_too_slow_once_and_stays_so() -> None:
    job = make_job(longest_run="30m")
    run = ended(job, 45, state=RunState.RUNNING, finished_at=None)
    ended(job, 29, state=RunState.RUNNING, finished_at=None)
    assert look() == 1
    assert look() == 0
    miss = Miss.objects.get()
    assert (miss.run, miss.kind, miss.at) == (run, MissKind.SLOW, NOW - 15 * MINUTE)
    assert "has been running for 45 min; the longest run is 30 min" in miss.message
    Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED, finished_at=NOW)
    RollUps().run_once(now=NOW)
    assert Miss.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "minutes", "kinds"),
    [
        ({"longest_run": "30m"}, 45, [MissKind.SLOW]),
        ({"longest_run": "30m"}, 30, []),
        ({"shortest_run": "10m"}, 5, [MissKind.SHORT]),
        ({"shortest_run": "10m"}, 10, []),
        ({"shortest_run": "10m", "longest_run": "30m"}, 20, []),
        ({}, 45, []),
    ],
)
def test_ended_runs_are_judged_by_their_length(
    fields: dict[str, str], minutes: int, kinds: list[str]
) -> None:
    ended(make_job(**fields), minutes)
    RollUps().run_once(now=NOW)
    RollUps().run_once(now=NOW)
    assert list(Miss.objects.values_list("kind", flat=True)) == kinds


def test_a_failed_run_is_not_too_short_but_may_be_too_slow() -> None:
    ended(make_job(shortest_run="1h"), 5, state=RunState.FAILED)
    ended(make_job(longest_run="1m"), 5, state=RunState.FAILED)
    RollUps().run_once(now=NOW)
    assert [miss.kind for miss in Miss.objects.all()] == [MissKind.SLOW]


def test_a_multiple_of_p95_holds_from_five_successes_on_and_does_not_count_the_run_itself() -> None:
    job = make_job(longest_run="2x p95")
    for _ in range(4):
        ended(job, 1)
    RollUps().run_once(now=NOW)
    ended(job, 10)
    RollUps().run_once(now=NOW)
    assert not Miss.objects.exists()
    JobHealth.objects.filter(job=job).update(p95_ms=60_000)
    slow = ended(job, 10)
    RollUps().run_once(now=NOW)
    assert Miss.objects.get().run == slow
    assert "took 10 min; the longest run is 2 min (2x p95)." in messages()[0]


@pytest.mark.parametrize(
    ("result", "state", "message"),
    [
        ([], RunState.SUCCEEDED, "returned 0 rows; at least 2 rows must be returned."),
        ({"rows": 1}, RunState.SUCCEEDED, "returned 1 row; at least 2 rows must be returned."),
        ([1, 2], RunState.SUCCEEDED, ""),
        ([], RunState.FAILED, ""),
    ],
)
def test_a_success_that_returned_too_little_says_how_much(
    result: object, state: RunState, message: str
) -> None:
    run = ended(make_job(least_output="2 rows"), 1, state=state)
    make_attempt(run, result=json.dumps(result))
    RollUps().run_once(now=NOW)
    assert [message in text for text in messages()] == ([True] if message else [])


def test_a_leader_that_dies_while_it_judges_what_ended_judges_it_again_once() -> None:
    for statement in range(30):
        run = ended(make_job(longest_run="1m"), 5)
        try:
            with dying_at(statement):
                RollUps().run_once(now=NOW)
        except Dies:
            pass
        run.refresh_from_db()
        assert run.rolled_up == run.misses.exists()
        RollUps().run_once(now=NOW)
        assert run.misses.count() == 1


def test_misses_go_with_their_run() -> None:
    run = overdue(nightly())
    look()
    Run.objects.filter(pk=run.pk).delete()
    assert not Miss.objects.exists()
