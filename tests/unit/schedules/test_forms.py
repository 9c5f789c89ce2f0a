"""Every form a schedule text may take, and what it means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.schedules import Schedule, parse

NOW = datetime(2026, 11, 21, 9, 0, 0, 400_000, tzinfo=UTC)  # a Saturday


def dates(text: str, count: int = 3, zone: str = "UTC", anchor: datetime = NOW) -> list[str]:
    found = Schedule(parse(text, zone), anchor=anchor).between(
        NOW, NOW + timedelta(days=9_000), count
    )
    return [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@hourly", "2026-11-21 10:00:00"),
        ("@daily", "2026-11-22 00:00:00"),
        ("@midnight", "2026-11-22 00:00:00"),
        ("@weekly", "2026-11-22 00:00:00"),
        ("@monthly", "2026-12-01 00:00:00"),
        ("@yearly", "2027-01-01 00:00:00"),
        ("@annually", "2027-01-01 00:00:00"),
        ("  @Daily ", "2026-11-22 00:00:00"),
        ("30 9 * * *", "2026-11-21 09:30:00"),
        ("15 30 9 * * *", "2026-11-21 09:30:15"),  # seconds come first
        ("*/20 * * * * *", "2026-11-21 09:00:20"),
        ("\t0  9\t* * mon ", "2026-11-23 09:00:00"),
        ("0 9 * jan,MAR Mon-Fri", "2027-01-01 09:00:00"),
        ("0 9 * * 7", "2026-11-22 09:00:00"),
        ("0 9 * * 0", "2026-11-22 09:00:00"),
        ("0 9 * * SAT-SUN", "2026-11-22 09:00:00"),
        ("0 0 L * *", "2026-11-30 00:00:00"),
        ("0 0 L 2 *", "2027-02-28 00:00:00"),
        ("0 0 LW 1 *", "2027-01-29 00:00:00"),  # the 31st is a Sunday
        ("0 0 * * 5L", "2026-11-27 00:00:00"),
        ("0 0 * * FRIL", "2026-11-27 00:00:00"),
        ("0 0 * * TUE#2", "2026-12-08 00:00:00"),
        ("0 0 ? * TUE", "2026-11-24 00:00:00"),
        ("0 0 13 * ?", "2026-12-13 00:00:00"),
        ("5/20 * * * *", "2026-11-21 09:05:00"),
        ("5-5/20 * * * *", "2026-11-21 09:05:00"),
        ("10-30/10 * * * *", "2026-11-21 09:10:00"),
        ("*/60 */24 * * *", "2026-11-22 00:00:00"),
        ("@every 1h30m", "2026-11-21 10:30:00"),
        ("@every 1.5h", "2026-11-21 10:30:00"),
        ("@every 90s", "2026-11-21 09:01:30"),
        ("@every 2d", "2026-11-23 09:00:00"),
        ("@every 1D2H3M4S", "2026-11-22 11:03:04"),
        ("2027-01-01T10:00", "2027-01-01 10:00:00"),
        ("2027-01-01 10:00:30", "2027-01-01 10:00:30"),
        ("2027-01-01T10:00:00Z", "2027-01-01 10:00:00"),
        ("2027-01-01T10:00:00+02:00", "2027-01-01 08:00:00"),
        ("2027-01-01t10:00:00.000z", "2027-01-01 10:00:00"),
        ("rrule:freq=daily;byhour=8;byminute=0;bysecond=0", "2026-11-22 08:00:00"),
    ],
)
def test_a_form_and_its_next_occurrence(text: str, expected: str) -> None:
    assert dates(text, 1) == [expected]


def test_both_day_fields_restricted_means_either() -> None:
    assert dates("0 0 1 * TUE", 4) == [
        "2026-11-24 00:00:00",
        "2026-12-01 00:00:00",
        "2026-12-08 00:00:00",
        "2026-12-15 00:00:00",
    ]
    assert dates("0 0 30 12 FRI", 4)[-1] == "2026-12-25 00:00:00"


def test_a_day_field_that_begins_with_a_star_must_match_too() -> None:
    found = [datetime.fromisoformat(date) for date in dates("0 0 */10 * TUE", 12)]
    assert {date.isoweekday() for date in found} == {2}
    assert {date.day for date in found} == {1, 11, 21, 31}


def test_a_one_off_without_an_offset_is_in_the_job_zone() -> None:
    assert dates("2027-07-01T10:00", zone="Europe/Berlin") == ["2027-07-01 08:00:00"]
    assert dates("2027-07-01T10:00Z", zone="Europe/Berlin") == ["2027-07-01 10:00:00"]


def test_a_manual_schedule_has_no_occurrences() -> None:
    assert dates("@manual") == []


def test_an_interval_counts_from_its_anchor_on_whole_seconds() -> None:
    late = datetime(2026, 11, 21, 12, 34, 56, 999_999, tzinfo=UTC)
    assert dates("@every 1h", anchor=late) == [
        "2026-11-21 12:34:56",
        "2026-11-21 13:34:56",
        "2026-11-21 14:34:56",
    ]
    long_ago = datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)
    assert dates("@every 1m", 1, anchor=long_ago) == ["2026-11-21 09:00:07"]


def test_a_new_interval_waits_one_period() -> None:
    assert parse("@every 1h").next_after(NOW, NOW) == datetime(2026, 11, 21, 10, tzinfo=UTC)
