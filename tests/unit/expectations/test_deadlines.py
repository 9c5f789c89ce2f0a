"""Deadlines: which moment a text means for an occurrence, also on the days when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import ScheduleError
from jobs.expectations import parse_deadline

BERLIN = ZoneInfo("Europe/Berlin")


def deadline(text: str, due: str, zone: ZoneInfo = BERLIN) -> str:
    """Both moments as the clock of the zone shows them, with its offset."""
    moment = datetime.fromisoformat(due).replace(tzinfo=zone).astimezone(UTC)
    return parse_deadline(text).moment(moment, zone).astimezone(zone).isoformat(sep=" ")[:25]


@pytest.mark.parametrize(
    ("text", "due", "by"),
    [
        ("03:00", "2026-12-01 02:30", "2026-12-01 03:00:00+01:00"),
        ("3:00", "2026-12-01 02:30", "2026-12-01 03:00:00+01:00"),
        ("03:00", "2026-12-01 22:00", "2026-12-02 03:00:00+01:00"),
        ("03:00", "2026-12-01 03:00", "2026-12-02 03:00:00+01:00"),
        ("03:00+1d", "2026-12-01 02:30", "2026-12-02 03:00:00+01:00"),
        ("03:00 +1d", "2026-12-01 22:00", "2026-12-03 03:00:00+01:00"),
        ("45m", "2026-12-01 02:30", "2026-12-01 03:15:00+01:00"),
        ("1h 30m", "2026-12-01 02:30", "2026-12-01 04:00:00+01:00"),
    ],
)
def test_a_deadline_is_the_first_such_local_time_after_the_due_moment_or_a_span_after_it(
    text: str, due: str, by: str
) -> None:
    assert deadline(text, due) == by


def test_a_local_time_that_the_clocks_skip_is_the_end_of_the_gap() -> None:
    assert deadline("02:30", "2027-03-28 01:00") == "2027-03-28 03:00:00+02:00"
    assert deadline("02:30+1d", "2027-03-27 01:00") == "2027-03-28 03:00:00+02:00"


def test_a_local_time_that_the_clocks_show_twice_is_the_first() -> None:
    assert deadline("02:30", "2027-10-31 01:00") == "2027-10-31 02:30:00+02:00"


def test_a_day_later_is_a_day_of_the_calendar_and_a_span_is_elapsed_time() -> None:
    assert deadline("03:00+1d", "2027-03-27 02:00") == "2027-03-28 03:00:00+02:00"
    assert deadline("24h", "2027-03-27 03:30") == "2027-03-28 04:30:00+02:00"


@pytest.mark.parametrize(
    "text", ["24:00", "3", "03:00+d", "soon", "-5m", "0s", "03:00-1d", "\u0660\u0663:00"]
)
def test_other_texts_are_refused_with_what_they_must_be(text: str) -> None:
    with pytest.raises(ScheduleError, match="must be a local time such as 03:00"):
        parse_deadline(text)


@given(
    due=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2040, 1, 1)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    days=st.integers(0, 3),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_a_deadline_comes_after_the_due_moment_and_within_the_days_it_says(
    due: datetime, hour: int, minute: int, days: int, zone: str
) -> None:
    moment = due.replace(tzinfo=UTC)
    by = parse_deadline(f"{hour}:{minute:02}+{days}d").moment(moment, ZoneInfo(zone))
    assert timedelta(0) < by - moment <= timedelta(days=days + 1, hours=2)
