"""What people read about a schedule: its sentence and its notes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobs.schedules import parse

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)

SENTENCES = [
    ("30 2 * * *", "At 02:30 every day"),
    ("* * * * *", "Every minute"),
    ("*/5 * * * *", "Every 5 minutes"),
    ("@hourly", "Every hour"),
    ("0 */2 * * *", "Every 2 hours"),
    ("15 * * * *", "At minute 15 of every hour"),
    ("5/20 * * * *", "At minutes 5, 25 and 45 of every hour"),
    ("20 */2 * * *", "At minute 20 of every 2nd hour from 00:00"),
    (
        "*/7 9-17 * * 1-5",
        "At minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of the hours 9 to 17 on Monday to Friday",
    ),
    ("*/15 8,12 * * *", "Every 15 minutes in the hours 8 and 12"),
    ("0 9-17 * * *", "Every hour from 09:00 to 17:00"),
    ("15,45 8,20 * * *", "At 08:15, 08:45, 20:15 and 20:45 every day"),
    ("10 0 9 * * *", "At 09:00:10 every day"),
    ("*/10 * * * * *", "Every 10 seconds"),
    ("5,10 * * * * *", "At seconds 5 and 10 of every minute"),
    ("0-10 30 2 * * *", "At seconds 0 to 10 of minute 30 of hour 2 every day"),
    ("0 0 1 * *", "At 00:00 on day 1 of the month"),
    ("0 12 1,15 1-3 *", "At 12:00 on days 1 and 15 of the month in January to March"),
    ("0 9 L * *", "At 09:00 on the last day of the month"),
    ("0 9 LW * *", "At 09:00 on the last weekday (Monday to Friday) of the month"),
    ("0 9 * * 5L", "At 09:00 on the last Friday of the month"),
    ("0 9 * * MON#2", "At 09:00 on the second Monday of the month"),
    ("0 0 13 * FRI", "At 00:00 on day 13 of the month or on Friday"),
    ("0 0 */2 * 1", "At 00:00 on every 2nd day of the month from the 1st, if it is Monday"),
    ("0 0 * * 0", "At 00:00 on Sunday"),
    ("0 0 * * 7", "At 00:00 on Sunday"),
    ("0 0 * * 6-7", "At 00:00 on Saturday and Sunday"),
    ("0 0 * * 1-7", "At 00:00 every day"),
    ("0 0 * */6 *", "At 00:00 every day in January and July"),
    ("RRULE:FREQ=DAILY", "Every day"),
    (
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;BYHOUR=9;BYMINUTE=0",
        "Every 2 weeks on Monday and Friday at 09:00",
    ),
    ("RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=10", "Every month on the last Friday, 10 times"),
    (
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-2",
        "Every year on the 2nd last day of the month in March",
    ),
    ("RRULE:FREQ=HOURLY;UNTIL=20271231T120000Z", "Every hour, until 31 Dec 2027 12:00 UTC"),
]


@pytest.mark.parametrize(("text", "sentence"), SENTENCES)
def test_a_sentence_says_when_and_where(text: str, sentence: str) -> None:
    assert parse(text, "Europe/Berlin").describe() == f"{sentence}, Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("@every 1h30m", "Every 1 hour 30 minutes"),
        ("@every 1h", "Every hour"),
        ("@every 24h", "Every 24 hours"),
        ("@every 36h", "Every 1 day 12 hours"),
        ("@every 90s", "Every 1 minute 30 seconds"),
        ("@manual", "Only when started manually"),
    ],
)
def test_what_has_no_wall_clock_names_no_zone(text: str, sentence: str) -> None:
    assert parse(text, "Europe/Berlin").describe() == sentence


def test_a_one_off_is_shown_in_the_job_zone() -> None:
    sentence = "Once, on Fri 1 Jan 2027 at 10:00:05, Europe/Berlin"
    assert parse("2027-01-01T09:00:05Z", "Europe/Berlin").describe() == sentence


def test_a_sentence_stays_readable_whatever_the_lists() -> None:
    days = ",".join(str(day) for day in range(1, 200, 2))
    assert (
        parse(f"RRULE:FREQ=YEARLY;BYYEARDAY={days}")
        .describe()
        .endswith("the 15th day and 92 more of the year, UTC")
    )


def notes(text: str, zone: str = "Europe/Berlin", moment: datetime = NOW) -> list[str]:
    return parse(text, zone).notes(moment)


def test_a_named_time_in_the_gap_and_in_the_fold_is_noted() -> None:
    assert notes("30 2 * * *") == [
        "Sun 28 Mar 2027: 02:30 does not exist and runs at 03:00 CEST",
        "Sun 31 Oct 2027: 02:30 occurs twice and runs only the first time (CEST)",
    ]


def test_many_times_in_the_gap_share_a_note() -> None:
    assert (
        notes("0,30 2 * * *")[0]
        == "Sun 28 Mar 2027: 02:00 and 02:30 do not exist and run once at 03:00 CEST"
    )
    assert notes("0-59 2 * * *")[0] == (
        "Sun 28 Mar 2027: 02:00 and later times before 03:00 do not exist and run once at "
        "03:00 CEST"
    )


def test_a_time_the_change_does_not_touch_moves_in_utc() -> None:
    assert notes("0 9 * * *") == [
        "Sun 28 Mar 2027: clocks change, 09:00 stays; 08:00 UTC becomes 07:00 UTC",
        "Sun 31 Oct 2027: clocks change, 09:00 stays; 07:00 UTC becomes 08:00 UTC",
    ]
    assert (
        notes("30 2 * * MON-FRI")[0]
        == "Sun 28 Mar 2027: clocks change, 02:30 stays; 01:30 UTC becomes 00:30 UTC"
    )


def test_a_wildcard_bound_to_the_changing_hour_is_noted() -> None:
    assert notes("*/30 2 * * *") == [
        "Sun 28 Mar 2027: 02:00 and 02:30 do not exist and do not run",
        "Sun 31 Oct 2027: 02:00 and 02:30 occur twice and run both times",
    ]


@pytest.mark.parametrize(
    "text", ["*/5 * * * *", "0 * * * *", "@every 90m", "@manual", "RRULE:FREQ=HOURLY"]
)
def test_what_follows_elapsed_time_all_day_has_nothing_to_note(text: str) -> None:
    assert notes(text) == []


def test_a_zone_without_changes_has_nothing_to_note() -> None:
    assert notes("30 2 * * *", "Asia/Kathmandu") == []
    assert notes("@every 24h", "Asia/Kathmandu") == []


def test_notes_look_thirteen_months_ahead_and_not_back() -> None:
    assert [
        note[:15] for note in notes("30 2 * * *", moment=datetime(2027, 3, 28, 1, tzinfo=UTC))
    ] == [
        "Sun 31 Oct 2027",
        "Sun 26 Mar 2028",
    ]


def test_half_an_hour_of_change_is_noted_as_such() -> None:
    assert notes("45 1 * * *", "Australia/Lord_Howe")[0] == (
        "Sun 4 Apr 2027: 01:45 occurs twice and runs only the first time (+11)"
    )


def test_a_one_off_in_the_gap_is_noted() -> None:
    assert notes("2027-03-28T02:30") == [
        "Sun 28 Mar 2027: 02:30 does not exist and runs at 03:00 CEST"
    ]
    assert notes("2027-03-28T02:30+01:00") == []


def test_a_rule_that_names_its_time_is_noted() -> None:
    assert notes("RRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=30;BYSECOND=0") == notes("30 2 * * *")


def test_a_count_is_noted() -> None:
    assert notes("RRULE:FREQ=DAILY;COUNT=3") == [
        "COUNT starts at the job's start, and an occurrence at exactly that time counts"
    ]


def test_days_that_are_counted_as_hours_are_noted() -> None:
    assert notes("@every 24h") == [
        "counts elapsed time, so the local time shifts when the clocks change"
    ]


def test_odd_corners_of_cron_are_noted() -> None:
    assert notes("*/7 * * * *") == ["*/7 restarts each hour"]
    assert notes("*/5 * * * *") == []
    assert notes("0 */5 * * *", "UTC") == ["*/5 restarts each day"]
    assert notes("0 0 */2 * *", "UTC") == ["*/2 restarts each month"]
    assert notes("0 0 13 * 5", "UTC") == [
        "day-of-month and day-of-week are OR-ed: the schedule fires on days that match either"
    ]
    assert (
        notes("0 0 */2 * 5", "UTC")[0]
        == "day-of-month and day-of-week are AND-ed, because one of them begins with *"
    )
