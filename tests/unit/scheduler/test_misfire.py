"""What becomes of due moments, under each misfire policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.scheduler.misfire import Misfire

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def misfire(policy: str, *, window: int = 3600, limit: int = 100) -> Misfire:
    return Misfire(
        policy, on_time=timedelta(seconds=60), window=timedelta(seconds=window), limit=limit
    )


def minutes_ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes]


@pytest.mark.parametrize("policy", ["skip", "latest", "all"])
def test_moments_on_time_run_under_every_policy(policy: str) -> None:
    moments = minutes_ago(0.9, 0.5, 0)
    verdict = misfire(policy).judge(moments, now=NOW)
    assert (list(verdict.run), list(verdict.skips)) == (moments, [])


def test_skip_runs_nothing_that_is_missed_and_counts_it_in_one_row() -> None:
    moments = minutes_ago(30, 20, 10)
    verdict = misfire("skip").judge(moments, now=NOW)
    assert list(verdict.run) == []
    (skip,) = verdict.skips
    assert (skip.first, skip.last, skip.count) == (moments[0], moments[-1], 3)
    assert "misfire skip" in skip.reason


def test_latest_runs_the_last_missed_one() -> None:
    moments = minutes_ago(30, 20, 10)
    verdict = misfire("latest").judge(moments, now=NOW)
    assert list(verdict.run) == moments[-1:]
    assert verdict.skips[0].count == 2


def test_latest_does_not_run_a_missed_one_beside_one_that_is_on_time() -> None:
    moments = minutes_ago(30, 20, 0.2)
    verdict = misfire("latest").judge(moments, now=NOW)
    assert list(verdict.run) == moments[-1:]
    assert verdict.skips[0].count == 2


def test_all_runs_every_missed_one_within_window_and_limit() -> None:
    moments = minutes_ago(*range(120, 1, -1))
    verdict = misfire("all", limit=10).judge(moments, now=NOW)
    assert list(verdict.run) == moments[-10:]
    verdict = misfire("all", window=1800).judge(moments, now=NOW)
    assert list(verdict.run) == [
        moment for moment in moments if moment > NOW - timedelta(minutes=30)
    ]


@given(
    policy=st.sampled_from(["skip", "latest", "all"]),
    ages=st.sets(st.integers(0, 10_000), min_size=1, max_size=60),
    window=st.integers(0, 9000),
    limit=st.integers(1, 40),
)
def test_every_moment_is_accounted_for_once(
    policy: str, ages: set[int], window: int, limit: int
) -> None:
    moments = [NOW - timedelta(seconds=age) for age in sorted(ages, reverse=True)]
    verdict = misfire(policy, window=window, limit=limit).judge(moments, now=NOW)
    assert len(verdict.run) + sum(skip.count for skip in verdict.skips) == len(moments)
    assert list(verdict.run) == moments[len(moments) - len(verdict.run) :]
