"""EXDATE and RDATE: what a recurrence rule has not, and has besides, as python-dateutil has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dateutil.rrule import rrule, rruleset, rrulestr
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import ScheduleError
from jobs.schedules import Schedule, parse

ANCHOR = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
DAILY = "RRULE:FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0;BYSECOND=0"
moments = st.datetimes(datetime(2027, 1, 1), datetime(2027, 1, 20)).map(
    lambda moment: moment.replace(minute=0, second=0, microsecond=0)
)


def dates(text: str, count: int = 4, zone: str = "UTC") -> list[str]:
    rule = Schedule(parse(text, zone), anchor=ANCHOR)
    start = ANCHOR - timedelta(seconds=1)
    found = rule.between(start, start + timedelta(days=60), count)
    return [f"{moment:%m-%d %H:%M}" for moment in found]


def test_an_excluded_moment_is_left_out_and_an_added_one_is_among_the_others() -> None:
    text = f"{DAILY} EXDATE:20270101T170000 RDATE:20270101T120000"
    assert dates(text) == ["01-01 09:00", "01-01 12:00", "01-02 09:00", "01-02 17:00"]


def test_a_date_without_a_time_excludes_its_whole_day() -> None:
    assert dates(f"{DAILY} EXDATE:20270101,20270103", 3) == [
        "01-02 09:00",
        "01-02 17:00",
        "01-04 09:00",
    ]


def test_dates_are_wall_times_of_the_zone_unless_they_end_in_z() -> None:
    berlin = f"{DAILY} EXDATE:20270102T090000 RDATE:20270101T230000Z"
    assert dates(berlin, 4, "Europe/Berlin") == [
        "01-01 16:00", "01-01 23:00", "01-02 16:00", "01-03 08:00",
    ]  # fmt: skip


def test_an_excluded_day_of_a_rule_of_every_second_is_passed_at_once() -> None:
    found = parse("RRULE:FREQ=SECONDLY EXDATE:20270102", "UTC").next_after(
        datetime(2027, 1, 1, 23, 59, 59, tzinfo=UTC), ANCHOR
    )
    assert found == datetime(2027, 1, 3, tzinfo=UTC)


def test_the_sentence_counts_them() -> None:
    sentence = parse(f"{DAILY} EXDATE:20270101,20270102 RDATE:20270101T120000", "UTC").describe()
    assert sentence.endswith(", without 2 dates, with another 1 date, UTC")


@given(st.sets(moments, max_size=6), st.sets(moments, max_size=6))
def test_it_agrees_with_dateutil(without: set[datetime], besides: set[datetime]) -> None:
    parts = [DAILY]
    for name, chosen in (("EXDATE", without), ("RDATE", besides)):
        if chosen:
            parts.append(f"{name}:{','.join(f'{moment:%Y%m%dT%H%M%S}' for moment in chosen)}")
    other, daily = rruleset(), rrulestr(DAILY, dtstart=ANCHOR.replace(tzinfo=None))
    assert isinstance(daily, rrule)
    other.rrule(daily)
    for moment in without:
        other.exdate(moment)
    for moment in besides:
        other.rdate(moment)
    begin, end = datetime(2027, 1, 2), datetime(2027, 1, 25)
    expected = [moment.replace(tzinfo=UTC) for moment in other.between(begin, end)]
    plan = Schedule(parse(" ".join(parts), "UTC"), anchor=ANCHOR)
    found = plan.between(begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC), 1_000)
    assert found == expected


@pytest.mark.parametrize(
    ("behind", "at"),
    [
        ("EXDATE:tomorrow", len(DAILY) + 8),
        ("EXDATE:20270101,20271301", len(DAILY) + 17),
        ("RDATE:20270101", len(DAILY) + 7),
        ("EXDATE;TZID=Europe/Berlin:20270101T090000", len(DAILY) + 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(behind: str, at: int) -> None:
    with pytest.raises(ScheduleError) as refused:
        parse(f"{DAILY} {behind}", "UTC")
    assert refused.value.position == at
