"""What pages, the API and metrics read of the roll-ups: whole windows, in a known number of
queries.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from jobs.maintenance.rollups import RollUps
from jobs.models import HourStat, Job, RunState
from jobs.models.stats.rollups import summed
from jobs.queries.site.rollups import (
    Window,
    job_days,
    job_health,
    throughput,
    today,
    totals,
)
from tests.support.builders import make_job, make_run

NOW = datetime(2027, 3, 1, 12, 34, 56, tzinfo=UTC)


def ended(
    job: Job | None = None,
    *,
    ago: timedelta = timedelta(0),
    waited: int = 0,
    took: int = 0,
    **fields: Any,
) -> None:
    finished = NOW - ago
    started = finished - timedelta(seconds=took)
    times = {
        "finished_at": finished,
        "started_at": started,
        "available_at": started - timedelta(seconds=waited),
    }
    make_run(job, **({"state": RunState.SUCCEEDED} | times | fields))


def roll_up() -> None:
    RollUps().run_once(now=NOW)


@pytest.mark.parametrize(
    ("window", "steps", "last"),
    [
        ("HOUR", 60, (12, 34)),
        ("DAY", 96, (12, 30)),
        ("WEEK", 168, (12, 0)),
        ("MONTH", 120, (12, 0)),
    ],
)
def test_a_window_is_whole_and_ends_with_the_present(
    window: str, steps: int, last: tuple[int, int]
) -> None:
    ended(waited=3)
    ended(state=RunState.TIMED_OUT, ago=timedelta(seconds=1), waited=3)
    ended(ago=Window[window].span)
    roll_up()
    found = throughput(Window[window], now=NOW)
    assert len(found) == steps
    assert (found[-1].start.hour, found[-1].start.minute) == last
    assert (found[-1].ok, found[-1].failed) == (1, 1)
    assert found[-1].wait_p95_ms is not None
    assert found[-1].wait_p95_ms == 3_000
    assert {step.start - earlier.start for earlier, step in itertools.pairwise(found)} == {
        Window[window].step
    }
    assert sum(step.ok for step in found) == 1


def test_a_queue_is_told_from_all_queues() -> None:
    ended(queue="slow")
    ended(queue="fast")
    roll_up()
    assert throughput(Window.HOUR, now=NOW)[-1].ok == 2
    assert throughput(Window.HOUR, now=NOW, queue="slow")[-1].ok == 1


def test_today_begins_at_the_readers_midnight() -> None:
    for hours in (1, 5, 20):
        ended(ago=timedelta(hours=hours))
    ended(state=RunState.FAILED)
    ended(state=RunState.SKIPPED)
    roll_up()
    kathmandu = datetime(2027, 2, 28, 18, 15, tzinfo=UTC)
    assert today(kathmandu) == (2, 1)
    assert today(kathmandu).success_share == 2 / 3
    assert today(NOW + timedelta(hours=1)).success_share is None


def test_a_job_has_a_row_for_each_of_its_days() -> None:
    job = make_job()
    ended(job)
    ended(job, ago=timedelta(days=89), took=20)
    ended(job, ago=timedelta(days=90))
    roll_up()
    days = job_days(job, now=NOW)
    assert [len(days), days[0].day, days[-1].day] == [90, date(2026, 12, 2), date(2027, 3, 1)]
    assert [row.succeeded for row in days if row.succeeded] == [1, 1]
    assert summed(days).duration_ms == 20_000


def test_each_is_one_query() -> None:
    jobs = [make_job() for _ in range(3)]
    for job in jobs:
        ended(job)
    roll_up()
    reads: list[Callable[[], object]] = [
        *(lambda window=window: throughput(window, now=NOW) for window in Window),
        lambda: today(NOW),
        lambda: job_health(jobs),
        lambda: job_days(jobs[0], now=NOW),
        totals,
    ]
    for read in reads:
        with CaptureQueriesContext(connection) as queries:
            read()
        assert len(queries) == 1


def test_healths_come_by_job_also_of_jobs_that_never_ran() -> None:
    job = make_job()
    assert job_health([job])[job.pk].recent_runs == []


def quantiles(*milliseconds: int) -> list[int | None]:
    """p50 and p95 of runs that took so long, as a tally knows them."""
    tally = HourStat()
    for took in milliseconds:
        tally.time(wait_ms=0, duration_ms=took, is_late=False)
    return [tally.duration_quantile_ms(share) for share in (0.5, 0.95)]


def test_a_quantile_is_no_shorter_than_the_shortest_and_no_longer_than_the_longest() -> None:
    assert quantiles() == [None, None]
    assert quantiles(43_000) == [43_000, 43_000]
    assert quantiles(0) == [0, 0]
    assert quantiles(4 * 86_400_000) == [4 * 86_400_000] * 2
    assert quantiles(200, 600)[1] == 600


@given(st.lists(st.integers(0, 86_400_000), min_size=1, max_size=200))
def test_a_quantile_is_within_a_tenth_of_the_duration_that_was_measured(
    durations: list[int],
) -> None:
    ordered = sorted(durations)
    for share, found in zip((0.5, 0.95), quantiles(*durations), strict=True):
        measured = ordered[ceil(share * len(ordered)) - 1]
        assert found is not None
        assert abs(found - measured) <= max(1, 0.1 * measured)
        assert ordered[0] <= found <= ordered[-1]


def test_tallies_put_together_know_the_same_as_one_of_all() -> None:
    one, other, both = HourStat(), HourStat(), HourStat()
    for took in range(1, 3_000, 7):
        for tally in (both, one if took % 2 else other):
            tally.time(wait_ms=took // 3, duration_ms=took, is_late=False)
    one.merge(other)
    for share in (0.01, 0.5, 0.95, 1):
        assert one.duration_quantile_ms(share) == both.duration_quantile_ms(share)
        assert one.wait_quantile_ms(share) == both.wait_quantile_ms(share)
