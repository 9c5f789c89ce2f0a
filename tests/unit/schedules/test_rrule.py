"""Recurrence rules: RFC 5545 as python-dateutil reads it, and where ours differs on purpose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jobs.errors import ScheduleError
from jobs.schedules import Schedule, parse

ANCHOR = datetime(2027, 1, 1, 8, 30, tzinfo=UTC)  # a Friday
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def dates(text: str, count: int = 4, zone: str = "UTC", anchor: datetime = ANCHOR) -> list[str]:
    start = anchor - timedelta(seconds=1)
    found = Schedule(parse(f"RRULE:{text}", zone), anchor=anchor).between(
        start, start + timedelta(days=9_000), count
    )
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in found]


def test_a_rule_starts_at_its_anchor_and_takes_the_time_of_day_from_it() -> None:
    assert dates("FREQ=DAILY", 2) == ["2027-01-01 08:30", "2027-01-02 08:30"]
    assert dates("FREQ=MONTHLY", 2) == ["2027-01-01 08:30", "2027-02-01 08:30"]
    assert dates("FREQ=YEARLY", 2) == ["2027-01-01 08:30", "2028-01-01 08:30"]


def test_the_anchor_is_read_in_the_job_zone() -> None:
    # 08:30 UTC is 09:30 in Berlin, and stays so in summer.
    assert dates("FREQ=MONTHLY;INTERVAL=6", 2, "Europe/Berlin") == [
        "2027-01-01 08:30",
        "2027-07-01 07:30",
    ]


def test_months_without_the_day_are_passed_over() -> None:
    assert dates("FREQ=MONTHLY;BYMONTHDAY=31", 3) == [
        "2027-01-31 08:30",
        "2027-03-31 08:30",
        "2027-05-31 08:30",
    ]


def test_count_ends_a_rule() -> None:
    assert dates("FREQ=DAILY;COUNT=2", 10) == ["2027-01-01 08:30", "2027-01-02 08:30"]


def test_count_counts_occurrences_not_wall_times() -> None:
    # In New York, 01:30 comes twice in the night of 7 November, and both count.
    anchor = datetime(2027, 11, 7, 4, 30, tzinfo=UTC)
    found = dates("FREQ=HOURLY;COUNT=4", 10, "America/New_York", anchor)
    assert found == ["2027-11-07 04:30", "2027-11-07 05:30", "2027-11-07 06:30", "2027-11-07 07:30"]


def test_until_is_the_last_possible_moment() -> None:
    assert dates("FREQ=DAILY;UNTIL=20270102T083000Z", 10)[-1] == "2027-01-02 08:30"
    assert dates("FREQ=DAILY;UNTIL=20270102T082959Z", 10)[-1] == "2027-01-01 08:30"


def test_until_without_a_z_is_in_the_job_zone_and_a_bare_date_includes_its_day() -> None:
    assert dates("FREQ=DAILY;UNTIL=20270102T093000", 10, "Europe/Berlin")[-1] == "2027-01-02 08:30"
    assert dates("FREQ=DAILY;UNTIL=20270102T092959", 10, "Europe/Berlin")[-1] == "2027-01-01 08:30"
    assert dates("FREQ=DAILY;UNTIL=20270103", 10)[-1] == "2027-01-03 08:30"


def test_plain_and_counted_weekdays_add_up() -> None:
    # The first Monday and every Friday; python-dateutil would want days that are both.
    found = dates("FREQ=MONTHLY;BYDAY=1MO,FR", 5)
    assert [date[:10] for date in found] == [
        "2027-01-01",
        "2027-01-04",
        "2027-01-08",
        "2027-01-15",
        "2027-01-22",
    ]


def test_setpos_picks_from_whole_weeks() -> None:
    # The rule starts on a Friday; Wednesday, the first of that week's days, was before.
    found = dates("FREQ=WEEKLY;BYDAY=WE,FR;BYSETPOS=1", 2)
    assert [date[:10] for date in found] == ["2027-01-06", "2027-01-13"]


def test_the_last_working_day_of_the_month() -> None:
    found = dates("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=17;BYMINUTE=0", 3)
    assert found == ["2027-01-29 17:00", "2027-02-26 17:00", "2027-03-31 17:00"]


def test_weeks_around_new_year_belong_to_the_year_with_most_of_their_days() -> None:
    # ISO weeks: 1 January 2027 is a Friday of week 53 of 2026; 2030 begins on Tuesday of its week
    # 1.
    assert [date[:10] for date in dates("FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR,SA,SU", 3)] == [
        "2027-01-01",
        "2027-01-02",
        "2027-01-03",
    ]
    week_one = dates("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", 4)
    assert [date[:10] for date in week_one] == [
        "2027-01-04",
        "2028-01-03",
        "2029-01-01",
        "2029-12-31",
    ]
    last_week = dates("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU", 3)
    assert [date[:10] for date in last_week] == ["2027-01-03", "2028-01-02", "2028-12-31"]


def test_weeks_may_start_on_another_day() -> None:
    # From Sunday on, week 1 of 2027 is 3 to 9 January.
    assert dates("FREQ=YEARLY;WKST=SU;BYWEEKNO=1;BYDAY=SU", 1) == ["2027-01-03 08:30"]
    # Every other week from Friday 1 January: with weeks from Sunday on, Sunday the 3rd is in the
    # week left out.
    assert [date[8:10] for date in dates("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,SU;WKST=SU", 3)] == [
        "01",
        "10",
        "15",
    ]
    assert [date[8:10] for date in dates("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,SU;WKST=MO", 3)] == [
        "01",
        "03",
        "15",
    ]


def test_a_moment_long_after_the_anchor_costs_no_more() -> None:
    rule, anchor = parse("RRULE:FREQ=SECONDLY;INTERVAL=7"), datetime(1950, 1, 1, tzinfo=UTC)
    following = rule.next_after(ANCHOR, anchor)
    assert following is not None
    assert (following - anchor) % timedelta(seconds=7) == timedelta(0)
    assert timedelta(0) < following - ANCHOR <= timedelta(seconds=7)


def _numbers(low: int, high: int, *, signed: bool = False) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    numbers = st.one_of(number, number.map(int.__neg__)) if signed else number
    return st.lists(numbers, min_size=1, max_size=3).map(lambda found: ",".join(map(str, found)))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that python-dateutil reads as the RFC does: see the tests above for those it does
    not.
    """
    freq = draw(
        st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])
    )
    parts = {"FREQ": freq, "INTERVAL": str(draw(st.sampled_from([1, 1, 2, 3, 7, 12, 45])))}
    choices = {"BYMONTH": _numbers(1, 12), "BYHOUR": _numbers(0, 23), "BYMINUTE": _numbers(0, 59)}
    choices["BYSECOND"] = _numbers(0, 59)
    nth = (
        st.sampled_from(["1", "-1", "2", "-3"])
        if freq in ("YEARLY", "MONTHLY") and draw(st.booleans())
        else st.just("")
    )
    days = st.builds(str.__add__, nth, st.sampled_from(WEEKDAYS))
    choices["BYDAY"] = st.lists(days, min_size=1, max_size=3).map(",".join)
    if freq != "WEEKLY":
        choices |= {
            "BYMONTHDAY": _numbers(1, 31, signed=True),
            "BYSETPOS": _numbers(1, 4, signed=True),
        }
    if freq == "YEARLY":
        choices |= {"BYYEARDAY": _numbers(1, 366, signed=True), "WKST": st.sampled_from(WEEKDAYS)}
    for name in draw(st.lists(st.sampled_from(sorted(choices)), max_size=3, unique=True)):
        parts[name] = draw(choices[name])
    if draw(st.booleans()):
        parts["COUNT"] = str(draw(st.integers(1, 12)))
    return ";".join(f"{name}={value}" for name, value in parts.items())


@pytest.mark.timeout(100)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(rules(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_rules_agree_with_dateutil_in_utc(text: str, anchor: datetime) -> None:
    anchor = anchor.replace(microsecond=0, tzinfo=UTC)
    end = anchor + timedelta(days=400)
    try:
        rule = parse(f"RRULE:{text}")
    except ScheduleError:
        assume(False)
    ours = Schedule(rule, anchor=anchor).between(anchor - timedelta(seconds=1), end, 8)
    # Past its last occurrence dateutil searches up to the year 9999, for minutes: ask only for what
    # is there.
    assume(ours)
    theirs = rrulestr(text, dtstart=anchor.replace(tzinfo=None))
    assert [moment.replace(tzinfo=None) for moment in ours] == list(islice(theirs, len(ours)))
    assert list(takewhile(lambda moment: moment <= ours[-1].replace(tzinfo=None), theirs)) == list(
        islice(theirs, len(ours))
    )
