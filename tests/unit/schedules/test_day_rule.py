"""The day rule ``and``: a day fires when it matches both day fields, in every place that asks the
engine.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import ScheduleError
from jobs.schedules import Schedule, check_new, parse, strict_day_rule

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def days(text: str, zone: str = "UTC", rule: str = "and", span: timedelta = YEAR) -> list[datetime]:
    plan = Schedule(parse(text, zone, rule), anchor=START)
    return plan.between(START - timedelta(seconds=1), START + span, 10_000)


def test_friday_the_thirteenth_comes_one_to_three_times_a_year() -> None:
    for year in range(2020, 2032):
        start = datetime(year, 1, 1, tzinfo=UTC)
        plan = Schedule(parse("0 0 13 * 5", "UTC", "and"), anchor=start)
        found = plan.between(start, start.replace(year=year + 1), 100)
        assert 1 <= len(found) <= 3
        assert all((day.day, day.weekday()) == (13, 4) for day in found)
    assert len(days("0 0 13 * 5", rule="or")) > 50


@given(
    st.sampled_from(["1-7", "13", "1,15,31", "*/2", "29-31", "5/10"]),
    st.sampled_from(["1", "5", "0,6", "MON-FRI", "*/2", "1/2"]),
)
def test_the_days_are_those_of_both_fields(month: str, week: str) -> None:
    both, of_month, of_week = (
        days(text) for text in (f"0 0 {month} * {week}", f"0 0 {month} * *", f"0 0 * * {week}")
    )
    assert set(both) == set(of_month) & set(of_week)


@pytest.mark.parametrize("text", ["0 0 13 * *", "0 0 * * 5", "0 0 */2 * 5", "*/5 * * * *"])
def test_where_cron_asks_for_both_anyway_the_rule_changes_nothing(text: str) -> None:
    assert days(text, rule="and", span=timedelta(days=60)) == days(
        text, rule="or", span=timedelta(days=60)
    )


def test_the_sentence_and_the_note_say_it() -> None:
    rule = parse("0 0 13 * FRI", "UTC", "and")
    assert rule.describe() == "At 00:00 on day 13 of the month, if it is Friday, UTC"
    assert rule.notes(START) == ["day-of-month and day-of-week are AND-ed, as the day rule says"]
    assert rule != parse("0 0 13 * FRI", "UTC")


def test_clock_changes_are_met_on_the_days_of_the_rule_alone() -> None:
    # 2026-03-29 is a Sunday, and 02:30 does not exist in Berlin.
    found = days("30 2 29 * SUN", "Europe/Berlin")
    assert datetime(2026, 3, 29, 1, tzinfo=UTC) in found
    notes = parse("30 2 29 * SUN", "Europe/Berlin", "and").notes(START)
    assert notes[0] == "Sun 29 Mar 2026: 02:30 does not exist and runs at 03:00 CEST"
    assert not any(day.month == 4 for day in found)


def test_days_that_never_match_both_are_refused() -> None:
    with pytest.raises(ScheduleError, match="no such day"):
        parse("0 0 30 2 FRI", "UTC", "and")
    assert parse("0 0 30 2 FRI", "UTC").next_after(START, START)
    with pytest.raises(ScheduleError, match="never fires within 5 years"):
        check_new("0 0 29 2 MON", "UTC", datetime(2024, 3, 1, tzinfo=UTC), day_rule="and")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0 0 13 * 5", "and"),
        ("0 0 0 13 * 5", "and"),
        ("0 0 13 * ?", "or"),
        ("0 0 * * 5", "or"),
        ("@daily", "or"),
    ],
)
def test_only_two_restricted_fields_need_the_rule(text: str, rule: str) -> None:
    assert strict_day_rule(text) == rule


@pytest.mark.parametrize(
    "text", ["0 6 * * *", "@every 90m", "RRULE:FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0"]
)
def test_a_one_off_fires_at_its_first_occurrence_alone(text: str) -> None:
    plan = Schedule(parse(text), anchor=START, one_off=True)
    every = Schedule(parse(text), anchor=START)
    assert plan.between(START, START + YEAR, 10) == every.between(START, START + YEAR, 1)
    start = START + timedelta(days=40, hours=1)
    late = Schedule(parse(text), anchor=start, starts_at=start, one_off=True)
    assert late.between(START, START + YEAR, 10) == [every_from(text, start)]


def every_from(text: str, start: datetime) -> datetime:
    found = parse(text).next_after(start - timedelta(microseconds=1), start)
    assert found is not None
    return found
