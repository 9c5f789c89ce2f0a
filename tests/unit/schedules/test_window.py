"""A rule within a job's window, and jitter."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from jobs.schedules import Schedule, jitter, parse

NOON = datetime(2027, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hourly(starts_at: datetime | None = None, ends_at: datetime | None = None) -> Schedule:
    return Schedule(parse("@hourly"), anchor=NOON, starts_at=starts_at, ends_at=ends_at)


def test_an_occurrence_at_the_start_belongs_to_the_window() -> None:
    assert hourly(starts_at=NOON).next_after(NOON - 10 * HOUR) == NOON
    assert hourly(starts_at=NOON + timedelta(microseconds=1)).next_after(NOON - HOUR) == NOON + HOUR


def test_an_occurrence_at_the_end_belongs_to_the_window() -> None:
    assert hourly(ends_at=NOON).next_after(NOON - HOUR) == NOON
    assert hourly(ends_at=NOON - timedelta(microseconds=1)).next_after(NOON - HOUR) is None


def test_inside_the_window_the_moment_decides() -> None:
    assert hourly(starts_at=NOON).next_after(NOON) == NOON + HOUR


def test_a_window_may_be_written_in_any_zone() -> None:
    # 02:30 comes twice in Berlin that night; the second one is an hour later.
    second = datetime(2027, 10, 31, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert hourly(starts_at=second).next_after(NOON) == datetime(2027, 10, 31, 2, tzinfo=UTC)


def test_between_is_open_below_and_closed_above() -> None:
    assert hourly().between(NOON, NOON + 2 * HOUR, 10) == [NOON + HOUR, NOON + 2 * HOUR]


def test_between_gives_the_earliest_up_to_its_limit() -> None:
    assert hourly().between(NOON, NOON + 99 * HOUR, 1) == [NOON + HOUR]
    assert hourly().between(NOON, NOON + 99 * HOUR, 0) == []


def test_an_interval_that_starts_later_begins_at_its_start() -> None:
    schedule = Schedule(parse("@every 7h"), anchor=NOON, starts_at=NOON)
    assert schedule.between(NOON - 100 * HOUR, NOON + 8 * HOUR, 5) == [NOON, NOON + 7 * HOUR]


def test_a_window_may_be_over_before_it_begins() -> None:
    assert hourly(starts_at=NOON + 5 * HOUR, ends_at=NOON).next_after(NOON) is None


@given(st.uuids(), st.datetimes(timezones=st.just(UTC)), st.integers(1, 86_400))
def test_jitter_stays_below_its_bound_and_repeats(
    job: uuid.UUID, due: datetime, seconds: int
) -> None:
    delay = jitter(job, due, seconds)
    assert timedelta(0) <= delay < timedelta(seconds=seconds)
    assert jitter(uuid.UUID(str(job)), due, seconds) == delay


def test_jitter_spreads_jobs_and_occurrences_evenly() -> None:
    jobs = [uuid.UUID(int=number) for number in range(1_000)]
    delays = sorted(jitter(job, NOON, 100).total_seconds() for job in jobs)
    assert all(abs(delay - number / 10) < 6 for number, delay in enumerate(delays))
    assert len({jitter(jobs[0], NOON + number * HOUR, 100) for number in range(100)}) == 100


def test_jitter_is_the_same_on_every_machine() -> None:
    job = uuid.UUID("018f4e6a-7b1c-7def-8123-456789abcdef")
    local = NOON.astimezone(ZoneInfo("Asia/Tokyo"))
    assert jitter(job, NOON, 60) == jitter(job, local, 60) == timedelta(seconds=15.688051)


def test_no_jitter_is_no_delay() -> None:
    assert jitter(uuid.UUID(int=1), NOON, 0) == timedelta(0)
