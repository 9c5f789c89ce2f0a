"""Times and durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.admin.look.times import NONE, Took, between, due, moment, relative, took
from jobs.moments import iso
from jobs.words import duration

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"), (0.0004, "0 ms"), (0.0118, "12 ms"), (0.25, "250 ms"), (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (1, "1 s"), (1.04, "1 s"), (4.25, "4.2 s"), (9.94, "9.9 s"), (9.96, "10 s"), (41.4, "41 s"),
        (59.7, "1 min"),
        (60, "1 min"), (95, "1 min 35 s"),
        (3_600, "1 h"), (5_405, "1 h 30 min"), (86_400, "1 d"), (90_061, "1 d 1 h"),
        (86_460, "1 d"),
    ],
)  # fmt: skip
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "now"), (-0.9, "now"), (1, "in 1 s"), (30, "in 30 s"), (245, "in 4 min"),
        (-754, "12 min ago"),
        (5_400, "in 1 h 30 min"), (-100_000, "1 d 3 h ago"), (400_000, "in 4 d"),
    ],
)  # fmt: skip
def test_relative_times_are_as_exact_as_one_wants_in_passing(seconds: float, text: str) -> None:
    assert relative(NOW + timedelta(seconds=seconds), NOW) == text


def test_a_moment_names_its_zone_and_utc_beside_it() -> None:
    shown = moment(datetime(2026, 11, 22, 1, 30, tzinfo=UTC), NOW, "Europe/Berlin")
    assert (shown.text, shown.utc) == ("Sun 22 Nov 02:30 CET", "01:30 UTC")


def test_utc_gives_its_own_date_where_it_is_another_day() -> None:
    shown = moment(datetime(2026, 11, 21, 23, 30, tzinfo=UTC), NOW, "Asia/Tokyo")
    assert (shown.text, shown.utc) == ("Sun 22 Nov 08:30 JST", "Sat 21 Nov 23:30 UTC")


def test_a_zone_that_is_utc_just_now_is_not_repeated() -> None:
    assert moment(NOW, NOW, "Europe/London").utc == ""


def test_another_year_is_written_out() -> None:
    assert moment(datetime(2027, 3, 28, 1, 0, tzinfo=UTC), NOW).text == "Sun 28 Mar 2027 01:00 UTC"


def test_no_time_is_a_dash_with_its_reason() -> None:
    shown = moment(None, NOW, absent="it has not started")
    assert (shown.relative, shown.iso, shown.title) == (NONE, "", "it has not started")


def test_a_broken_zone_is_shown_in_utc() -> None:
    assert moment(NOW, NOW, "Europe/Berln").text == "09:30 UTC"


def test_what_is_overdue_says_so() -> None:
    assert due(NOW - timedelta(minutes=2), NOW, "UTC").relative == "due 2 min ago"
    assert due(NOW + timedelta(minutes=2), NOW, "UTC").relative == "in 2 min"
    assert due(None, NOW, "UTC").relative == NONE


def test_how_long_it_took_needs_both_ends() -> None:
    assert between(NOW, NOW + timedelta(seconds=42)) == "42 s"
    assert between(NOW, NOW - timedelta(seconds=1)) == "0 ms"
    assert between(NOW, None) == NONE


def test_what_goes_on_is_counted_from_its_start_and_what_is_over_is_not() -> None:
    begun = NOW - timedelta(seconds=75)
    assert took(begun, None, NOW, goes_on=True) == Took("1 min", iso(begun))
    assert took(NOW, None, NOW, goes_on=True).text == "under 1 s"
    assert took(begun, NOW, NOW, goes_on=False) == Took("1 min 15 s")
    assert took(begun, None, NOW, goes_on=False) == Took(NONE)
