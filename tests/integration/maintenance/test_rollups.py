"""Runs that are over are counted once: whatever order they come in, whoever counts, and whatever
dies in between.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from jobs.maintenance.rollups import RollUps, service
from jobs.models import HourStat, Job, JobDay, JobHealth, MinuteStat, Run, RunState, Tally, Total
from jobs.models.stats.histogram import count_in, empty_histogram
from tests.support.builders import make_job, make_run
from tests.support.plans import plan_of
from tests.support.threads import at_once

NOW = datetime(2027, 3, 1, 12, 0, 30, tzinfo=UTC)
FAILED = (RunState.FAILED, RunState.TIMED_OUT)


def roll_up(now: datetime = NOW) -> int:
    return RollUps().run_once(now=now)["runs rolled up"]


def make_ended(
    job: Job | None = None,
    *,
    ended: datetime = NOW,
    took: float = 1,
    waited: float = 1,
    **fields: Any,
) -> Run:
    started = ended - timedelta(seconds=took)
    times = {
        "available_at": started - timedelta(seconds=waited),
        "started_at": started,
        "finished_at": ended,
    }
    return make_run(job, **({"state": RunState.SUCCEEDED, "attempt": 1} | times | fields))


def make_skipped(job: Job, reason: str, *, ended: datetime = NOW) -> Run:
    return make_run(job, state=RunState.SKIPPED, reason=reason, finished_at=ended)


def make_history(
    dice: random.Random, jobs: list[Job], number: int, *, before: datetime = NOW
) -> None:
    """Runs of every final state that ended within the last 40 hours, made in no order of their
    ends.
    """
    for _ in range(number):
        job, state = dice.choice(jobs), dice.choice(RunState.final())
        ended = before - timedelta(milliseconds=dice.randrange(40 * 3600 * 1000))
        if state == RunState.SKIPPED:
            make_skipped(
                job,
                dice.choice(["overlap: x", "missed: y", "paused by ana", "who knows"]),
                ended=ended,
            )
        else:
            times = {"took": dice.expovariate(0.1), "waited": dice.expovariate(0.05)}
            make_ended(
                job,
                ended=ended,
                state=state,
                attempt=dice.randrange(4),
                queue=dice.choice("ab"),
                **times,
            )


def counted(runs: Iterable[Run]) -> dict[str, Any]:
    """A recount by brute force, in the shape of a tally."""
    started = [run for run in runs if run.started_at]
    waits = [
        (run.started_at - run.available_at) // timedelta(milliseconds=1)
        for run in started
        if run.started_at
    ]
    durations = [
        (run.finished_at - run.started_at) // timedelta(milliseconds=1)
        for run in started
        if run.started_at and run.finished_at
    ]
    return {
        **{state.value: sum(run.state == state for run in runs) for state in RunState.final()},
        "retries": sum(max(0, run.attempt - 1) for run in runs),
        "late": sum(wait > 60_000 for wait in waits),
        "wait_ms": sum(waits),
        "wait_min_ms": min(waits, default=None),
        "wait_max_ms": max(waits, default=None),
        "wait_histogram": histogram(waits),
        "duration_ms": sum(durations),
        "duration_min_ms": min(durations, default=None),
        "duration_max_ms": max(durations, default=None),
        "duration_histogram": histogram(durations),
    }


def histogram(milliseconds: Iterable[int]) -> dict[str, int]:
    buckets = empty_histogram()
    for value in milliseconds:
        count_in(buckets, value)
    return buckets


def stored(tally: Tally) -> dict[str, Any]:
    return {name: getattr(tally, name) for name in [*Tally.SUMS, *Tally.HISTOGRAMS, *Tally.ENDS]}


def groups(runs: Iterable[Run], key: Any) -> dict[Any, dict[str, Any]]:
    found: dict[Any, list[Run]] = {}
    for run in runs:
        found.setdefault(key(run), []).append(run)
    return {value: counted(some) for value, some in found.items()}


def assert_all_is_counted_once() -> None:
    runs = list(Run.objects.filter(finished_at__isnull=False))
    by_minute = groups(
        runs, lambda run: (run.queue, run.finished_at.replace(second=0, microsecond=0))
    )
    by_hour = groups(runs, lambda run: run.finished_at.replace(minute=0, second=0, microsecond=0))
    assert {
        (row.queue, row.bucket): stored(row) for row in MinuteStat.objects.exclude(queue="")
    } == by_minute
    assert {row.bucket: stored(row) for row in HourStat.objects.filter(queue="")} == by_hour
    by_day = groups(runs, lambda run: (run.job_id, run.finished_at.date()))
    assert {(row.job_id, row.day): stored(row) for row in JobDay.objects.all()} == by_day
    assert {row.task: stored(row) for row in Total.objects.all()} == groups(
        runs, lambda run: run.task
    )
    for health in JobHealth.objects.all():
        assert_healthy_as(health, [run for run in runs if run.job_id == health.job_id])


def assert_healthy_as(health: JobHealth, runs: list[Run]) -> None:
    ordered = sorted(runs, key=lambda run: run.finished_at or NOW)
    assert [(bar.run_id, bar.state) for bar in health.recent_runs] == [
        (run.pk, run.state) for run in ordered[-30:]
    ]
    ended = [run for run in ordered if run.state in {RunState.SUCCEEDED, *FAILED}]
    successes = [number for number, run in enumerate(ended) if run.state == RunState.SUCCEEDED]
    assert health.consecutive_failures == len(ended) - (successes[-1] + 1 if successes else 0)
    assert health.last_success_at == (ended[successes[-1]].finished_at if successes else None)
    assert health.last_run_id == (ordered[-1].pk if ordered else None)


def test_nothing_is_counted_that_is_not_over() -> None:
    for state in RunState.active():
        make_run(state=state)
    assert roll_up() == 0
    assert not Total.objects.exists()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_rolled_up_in_bits_and_pieces_agrees_with_a_recount(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 17)
    dice = random.Random(seed)
    jobs = [make_job(task=dice.choice(["EchoTask", "demo.add"])) for _ in range(4)]
    for _ in range(4):
        make_history(dice, jobs, 40)
        roll_up()
    assert_all_is_counted_once()
    assert not Run.objects.to_roll_up().exists()


def test_a_run_whose_end_is_committed_late_is_counted_all_the_same() -> None:
    if connection.vendor == "sqlite":
        return  # one writer at a time: nothing is committed out of turn
    job = make_job()
    late = make_run(job, state=RunState.RUNNING, started_at=NOW - timedelta(hours=1))
    with transaction.atomic():
        Run.objects.filter(pk=late.pk).move(
            RunState.FAILED, finished_at=NOW - timedelta(minutes=30)
        )
        make_ended_elsewhere = at_once([lambda: (make_ended(job), roll_up())[1]])
        assert make_ended_elsewhere == [1]
    assert roll_up() == 1
    assert_all_is_counted_once()


def test_a_run_that_ended_long_before_the_last_look_is_counted() -> None:
    job = make_job()
    make_ended(job)
    roll_up()
    make_ended(job, ended=NOW - timedelta(hours=5), state=RunState.FAILED)
    assert roll_up() == 1
    assert_all_is_counted_once()


@pytest.mark.parametrize("statement", range(1, 14))
def test_a_crash_at_any_statement_counts_nothing_twice_and_loses_nothing(statement: int) -> None:
    make_history(random.Random(statement), [make_job(), make_job()], 20)
    roll_up()
    make_history(random.Random(statement + 100), list(Job.objects.all()), 20)
    seen = 0

    def crash(execute: Any, *args: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == statement:
            raise SystemExit
        return execute(*args)

    with connection.execute_wrapper(crash), pytest.raises(SystemExit):
        roll_up()
    assert Run.objects.to_roll_up().count() == 20
    assert roll_up() == 20
    assert_all_is_counted_once()


def test_two_leaders_count_each_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 10)
    make_history(random.Random(1), [make_job() for _ in range(3)], 100)
    for _ in range(20):
        at_once([roll_up, roll_up])
        if not Run.objects.to_roll_up().exists():
            break
    assert_all_is_counted_once()


def test_totals_survive_the_runs_and_the_job() -> None:
    job = make_job(task="demo.add")
    make_ended(job, attempt=3)
    make_skipped(job, "overlap: run 1 is active")
    make_skipped(job, "paused by ana: db move")
    roll_up()
    Run.objects.all().delete()
    job.delete()
    total = Total.objects.get()
    assert (total.task, total.attempts, total.retries, total.succeeded, total.skipped) == (
        "demo.add",
        3,
        2,
        1,
        2,
    )
    assert total.skips == {"overlap": 1, "paused": 1}
    assert not JobHealth.objects.exists()
    assert not JobDay.objects.exists()


def test_what_was_cancelled_while_it_waited_for_a_retry_has_no_times() -> None:
    make_ended(state=RunState.CANCELLED, available_at=NOW + timedelta(hours=1))
    roll_up()
    total = Total.objects.get()
    assert (total.cancelled, total.timed, total.duration_ms) == (1, 0, 0)


def test_p50_and_p95_are_of_the_successes_among_the_last_thirty() -> None:
    job = make_job()
    for second in range(1, 36):
        make_ended(job, ended=NOW + timedelta(seconds=second), took=second)
    make_ended(job, ended=NOW + timedelta(seconds=40), took=500, state=RunState.FAILED)
    roll_up()
    health = JobHealth.objects.get()
    assert (health.p50_ms, health.p95_ms) == (21_000, 34_000)
    assert [bar.duration_ms for bar in health.recent_runs][-2:] == [35_000, 500_000]


def test_runs_that_ended_in_one_millisecond_keep_the_order_of_their_ids() -> None:
    job = make_job()
    # Packed, each has a letter of its own.
    ids = [uuid.UUID(int=(1 << 100) + (number << 2)) for number in range(64)]
    for pk in ids:
        make_ended(job, id=pk)
    roll_up()

    assert [run.run_id for run in JobHealth.objects.get(job=job).recent_runs] == ids[-30:]


def test_a_long_row_of_failures_is_counted_beyond_the_recent_runs() -> None:
    job = make_job()
    for second in range(70):
        make_ended(job, ended=NOW + timedelta(seconds=second), state=RunState.FAILED)
        if second % 25 == 0:
            roll_up()
    roll_up()
    assert JobHealth.objects.get().consecutive_failures == 70


def test_a_backlog_is_worked_off_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 10)
    monkeypatch.setattr(service, "SECONDS", 0.0)
    make_history(random.Random(1), [make_job()], 25)
    assert service.roll_up_some(NOW) == 10
    assert roll_up() == 0
    monkeypatch.setattr(service, "SECONDS", 10.0)
    assert roll_up() == 15


def test_a_look_at_nothing_is_one_query_and_a_batch_of_a_known_number() -> None:
    jobs = [make_job() for _ in range(5)]
    make_history(random.Random(1), jobs, 3)
    roll_up()
    with CaptureQueriesContext(connection) as nothing:
        roll_up()
    assert len(nothing) == 1
    sizes = []
    for number in (5, 100):
        make_history(random.Random(2), jobs, number)
        with CaptureQueriesContext(connection) as queries:
            assert roll_up() == number
        sizes.append(len(queries))
    assert max(sizes) <= 25  # of which two are the days of tasks


def test_what_is_to_be_counted_is_found_through_its_own_index() -> None:
    assert "run_to_roll_up" in plan_of(Run.objects.to_roll_up().order_by("finished_at"))


def test_a_health_somebody_deleted_is_made_again() -> None:
    job = make_job(enabled=False)
    JobHealth.objects.all().delete()
    make_ended(job)
    roll_up()
    health = JobHealth.objects.get(job=job)
    assert (health.job_name, health.is_paused, health.last_state) == (
        job.name,
        True,
        RunState.SUCCEEDED,
    )
