"""A moment is written one way and read back from whatever ISO 8601 has."""

from __future__ import annotations

import re
from datetime import MINYEAR, UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.moments import TOO_FAR, WANTED, WITHOUT_ZONE, iso, iso_in, read_moment, stamp

BERLIN = ZoneInfo("Europe/Berlin")
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))


@given(moments)
def test_what_is_written_is_read_back_as_the_same_moment(moment: datetime) -> None:
    assert read_moment(iso(moment)) == moment
    assert iso(moment.astimezone(BERLIN)) == iso(moment)
    assert iso(moment).endswith("Z")
    assert read_moment(iso(moment)).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-01-31T09:30:00Z", None, "2026-01-31T09:30:00Z"),
        ("2026-01-31t09:30:00z", None, "2026-01-31T09:30:00Z"),
        (" 2026-01-31 09:30:00.5+02:00 ", None, "2026-01-31T07:30:00.500000Z"),
        ("2026-01-31T09:30", UTC, "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30", BERLIN, "2026-01-31T08:30:00Z"),
        ("2026-07-31", BERLIN, "2026-07-30T22:00:00Z"),
        ("2026-01-31T09:30+01:00", BERLIN, "2026-01-31T08:30:00Z"),
    ],
)
def test_a_text_without_an_offset_is_of_the_zone(text: str, zone: Any, expected: str) -> None:
    assert iso(read_moment(text, zone)) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "09:30", "2026-13-01", "2026-02-30T00:00:00Z", "\0", None, 5, 1.5, [], {}]
)
def test_what_is_no_moment_is_told_one_way(text: Any) -> None:
    with pytest.raises(ValueError, match=f"^{WANTED}$"):
        read_moment(text)


def test_an_offset_may_be_needed_and_a_year_may_be_too_far() -> None:
    with pytest.raises(ValueError, match=re.escape(WITHOUT_ZONE)):
        read_moment("2026-01-31T09:30", None)
    with pytest.raises(ValueError, match=f"^{TOO_FAR}$"):
        read_moment("0001-01-01T00:00:00+10:00")


def test_people_and_programs_read_the_same_moment() -> None:
    moment = datetime(2026, 1, 31, 10, 15, 30, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert (iso(moment), iso(moment, "milliseconds")) == (
        "2026-01-31T09:15:30.123456Z",
        "2026-01-31T09:15:30.123Z",
    )
    assert (iso_in(moment, BERLIN), stamp(moment)) == (
        "2026-01-31T10:15:30+01:00",
        "2026-01-31 09:15:30 UTC",
    )
    assert iso(None) is None
    assert read_moment(f"{MINYEAR:04}-06-01").year == MINYEAR
