"""Occurrences that move out of closed stretches: always to an open moment, none lost and none
twice, also where clocks change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.schedules import parse
from jobs.schedules.closures.closures import Closures
from jobs.schedules.closures.compiled import compiled
from jobs.schedules.closures.shift import ShiftedSchedule
from jobs.schedules.closures.spec import WEEKDAYS, CalendarSpec

BEGIN = datetime(2026, 3, 20, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut"]
RULES = [
    "30 2 * * *", "0 0 * * *", "0 9,17 * * *", "0 * * * *", "15 23 * * FRI", "0 9 1 * *",
    "@every 7h", "2026-03-29T02:30", "RRULE:FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=6;BYMINUTE=0;BYSECOND=0",
]  # fmt: skip
WINDOWS = [
    "0 22 * * SAT for 6h", "0 1 * * * for 2h", "2026-03-27T10:00/2026-03-30T09:30",
    "30 23 * * * for 1h",
]  # fmt: skip
days = st.dates(datetime(2026, 3, 18).date(), datetime(2026, 5, 10).date()).map(str)
specs = st.builds(
    CalendarSpec,
    st.just("plant"),
    weekdays=st.lists(st.sampled_from(WEEKDAYS), max_size=4, unique=True).map(tuple),
    closed_days=st.lists(days, max_size=6).map(tuple),
    open_days=st.lists(days, max_size=2).map(tuple),
    windows=st.lists(st.sampled_from(WINDOWS), max_size=2, unique=True).map(tuple),
)


def shifted(rule: str, zone: str, spec: CalendarSpec, *, forward: bool = True) -> ShiftedSchedule:
    closures = Closures((compiled(spec),), ZoneInfo(zone))
    return ShiftedSchedule(parse(rule, zone), BEGIN, closures=closures, forward=forward)


def dates(plan: ShiftedSchedule, count: int) -> list[str]:
    zone = plan.closures.zone
    found = plan.between(BEGIN, BEGIN + timedelta(days=400), count)
    return [f"{moment.astimezone(zone):%a %m-%d %H:%M}" for moment in found]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RULES), st.sampled_from(ZONES), specs, st.booleans())
def test_what_is_due_are_the_rules_own_occurrences_each_moved_to_an_open_moment(
    rule: str, zone: str, spec: CalendarSpec, forward: bool
) -> None:
    plan = shifted(rule, zone, spec, forward=forward)
    margin = timedelta(days=40)
    until = BEGIN + timedelta(days=45)
    own = plan.nominal().between(BEGIN - margin, until + margin, 5_000)
    moved = {there for moment in own if (there := plan.moved(moment))}
    expected = sorted(there for there in moved if BEGIN < there <= until)
    assert plan.between(BEGIN, until, 5_000) == expected
    assert [moment for moment in expected if plan.closures.at(moment)] == []


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(RULES), st.sampled_from(ZONES), specs, st.booleans())
def test_an_occurrence_that_is_open_stays_and_others_move_in_their_direction(
    rule: str, zone: str, spec: CalendarSpec, forward: bool
) -> None:
    plan = shifted(rule, zone, spec, forward=forward)
    for moment in plan.nominal().between(BEGIN, BEGIN + timedelta(days=30), 200):
        there = plan.moved(moment)
        if plan.closures.at(moment) is None:
            assert there == moment
        elif there:
            assert (there > moment) == forward


@pytest.mark.parametrize(("forward", "there"), [(True, "Mon 04-06"), (False, "Thu 04-02")])
def test_a_closed_day_keeps_its_wall_time(forward: bool, there: str) -> None:
    # Good Friday and the weekend after it.
    spec = CalendarSpec("plant", weekdays=("SAT", "SUN"), closed_days=("2026-04-03",))
    plan = shifted("30 9 * * FRI", "Europe/Berlin", spec, forward=forward)
    assert dates(plan, 3) == ["Fri 03-20 09:30", "Fri 03-27 09:30", f"{there} 09:30"]


def test_what_moves_onto_another_occurrence_is_one_with_it() -> None:
    spec = CalendarSpec("plant", weekdays=("SAT", "SUN"))
    assert dates(shifted("0 6 * * *", "UTC", spec), 4) == [
        "Fri 03-20 06:00", "Mon 03-23 06:00", "Tue 03-24 06:00", "Wed 03-25 06:00",
    ]  # fmt: skip


def test_a_wall_time_that_its_new_day_skips_runs_at_the_end_of_the_gap() -> None:
    # Berlin's clocks go from 02:00 to 03:00 on Sunday 29 March.
    spec = CalendarSpec("plant", weekdays=("SAT",))
    assert dates(shifted("30 2 * * SAT", "Europe/Berlin", spec), 2) == [
        "Sun 03-22 02:30",
        "Sun 03-29 03:00",
    ]


def test_a_window_moves_to_its_end_or_to_the_minute_before_it() -> None:
    spec = CalendarSpec("plant", windows=("0 22 * * FRI for 8h",))
    assert dates(shifted("0 23 * * FRI", "UTC", spec), 1) == ["Sat 03-21 06:00"]
    assert dates(shifted("0 23 * * FRI", "UTC", spec, forward=False), 1) == ["Fri 03-20 21:59"]


def test_a_calendar_that_never_opens_has_no_occurrences() -> None:
    plan = shifted("0 6 * * *", "UTC", CalendarSpec("plant", weekdays=WEEKDAYS))
    assert plan.next_after(BEGIN) is None


def test_the_window_of_the_job_holds_for_where_an_occurrence_has_moved_to() -> None:
    spec = CalendarSpec("plant", weekdays=("SAT", "SUN"))
    plan = shifted("0 6 * * *", "UTC", spec)
    ends = ShiftedSchedule(
        plan.rule, BEGIN, None, BEGIN + timedelta(days=2), closures=plan.closures, forward=True
    )
    assert dates(ends, 5) == ["Fri 03-20 06:00"]
