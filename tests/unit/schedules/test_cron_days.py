"""Days of the month and of the week agree with a look at every day of six years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jobs.errors import ScheduleError
from jobs.schedules import Schedule, parse
from tests.unit.schedules.oracle import expected_days

NTH = st.builds(lambda day, nth: f"{day}#{nth}", st.integers(0, 7), st.integers(1, 5))
LAST = st.integers(0, 7).map(lambda day: f"{day}L")
WEEKDAYS = st.one_of(
    st.integers(0, 7).map(str), NTH, LAST, st.sampled_from(["1-5", "2/2", "6-7", "0-7/3"])
)
DAYS = st.one_of(
    st.integers(1, 31).map(str), st.sampled_from(["L", "LW", "1-7", "8-20/5", "29-31/2", "25/3"])
)
MONTHS = st.sampled_from(["*", "*", "2", "2,4", "1-6", "*/5", "11/1"])
SPAN = 6 * 365


def _field(items: st.SearchStrategy[str], *stars: str) -> st.SearchStrategy[str]:
    return st.lists(items, min_size=1, max_size=3).map(",".join) | st.sampled_from(["*", *stars])


@pytest.mark.timeout(60)
@settings(max_examples=60, deadline=None)
@given(
    _field(DAYS, "*/5", "*/2"),
    MONTHS,
    _field(WEEKDAYS, "*/2"),
    st.datetimes(datetime(1999, 1, 1), datetime(2090, 1, 1)),
)
def test_days_agree_with_a_look_at_every_day(
    days: str, months: str, weekdays: str, start: datetime
) -> None:
    text, start = (
        f"0 0 {days} {months} {weekdays}",
        start.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC),
    )
    wanted = expected_days(text, start.date(), SPAN)
    assume(wanted)
    found = Schedule(parse(text), anchor=start).between(
        start - timedelta(1), start + timedelta(SPAN - 1), SPAN
    )
    assert [moment.date() for moment in found] == wanted


@pytest.mark.timeout(60)
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 31), min_size=1, max_size=2),
    st.lists(st.integers(1, 12), min_size=1, max_size=3),
)
def test_exactly_the_dates_no_calendar_has_are_refused(days: list[int], months: list[int]) -> None:
    text = f"0 0 {','.join(map(str, days))} {','.join(map(str, months))} *"
    # 2024 to 2029 hold two leap years, so every date there is.
    exists = bool(expected_days(text, datetime(2024, 1, 1).date(), SPAN))
    if exists:
        assert parse(text).kind == "cron"
    else:
        with pytest.raises(ScheduleError, match="never fires"):
            parse(text)
