"""Texts that are refused: each says what and where, and costs next to nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.errors import ScheduleError
from jobs.schedules import check_new, parse

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def every(number: int) -> str:
    return ",".join(map(str, range(number)))


# Text, offset of the fault (None: the whole), and how the message begins.
MISTAKES = [
    ("", 0, "empty"),
    ("  \t ", 0, "empty"),
    # Cron: the field, then the fault.
    ("61 * * * *", 0, "minute: 61 is above 59"),
    ("  61 * * * *", 2, "minute: 61 is above 59"),
    ("0,15,60 * * * *", 5, "minute: 60 is above 59"),
    ("99 0 0 * * *", 0, "second: 99 is above 59"),
    ("* 24 * * *", 2, "hour: 24 is above 23"),
    ("* * 0 * *", 4, "day-of-month: 0 is below 1"),
    ("* * * 13 *", 6, "month: 13 is above 12"),
    ("* * * * 8", 8, "day-of-week: 8 is above 7"),
    ("* * * FOO *", 6, "month: FOO is not a value"),
    ("* * * * MONDAY", 8, "day-of-week: MONDAY is not a value"),
    ("* * JAN * *", 4, "day-of-month: JAN is not a value"),
    ("5-1 * * * *", 0, "minute: range 5-1 runs backwards"),
    ("* * * * FRI-MON", 8, "day-of-week: range FRI-MON runs backwards"),
    ("*/0 * * * *", 2, "minute: step 0 never moves on"),
    ("*/61 * * * *", 2, "minute: step 61 is above 60"),
    ("*/ * * * *", 2, "minute: the step is missing"),
    ("*/x * * * *", 2, "minute: step X is not a number"),
    ("/5 * * * *", 0, "minute: a number is missing"),
    ("1- * * * *", 2, "minute: a number is missing"),
    ("1,,2 * * * *", 2, "minute: an item is empty"),
    ("1, * * * *", 2, "minute: an item is empty"),
    ("1-2-3 * * * *", 2, "minute: 2-3 is not a value"),
    ("1.5 * * * *", 0, "minute: 1.5 is not a value"),
    ("+1 * * * *", 0, "minute: +1 is not a value"),
    ("0 0 15W * *", 4, "day-of-month: 15W (nearest weekday) is not supported"),
    ("0 0 L-3 * *", 4, "day-of-month: L-3 is not supported"),
    ("0 0 * * L", 8, "day-of-week: L needs a weekday"),
    ("0 0 * * MON#6", 12, "day-of-week: #6 is not a week of the month"),
    ("0 0 * * 9#1", 8, "day-of-week: 9 is above 7"),
    ("L * * * *", 0, "minute: L is for days only"),
    ("* * * * ", 8, "cron has 5 or 6 fields, this has 4 fields"),
    ("* * * * * * 2027", 12, "cron has 5 or 6 fields, this has 7 fields"),
    ("hello", 5, "cron has 5 or 6 fields, this has 1 field"),
    ("31 2 30 2 *", 5, "day-of-month: no such day in these months"),
    ("0 0 31 4,6,9,11 *", 4, "day-of-month: no such day in these months"),
    ("TZ=Europe/Berlin 0 5 * * *", 0, "a schedule cannot start with a setting"),
    # Words.
    ("@evry 1h", 0, "@evry is unknown"),
    (" @reboot", 1, "@reboot is unknown"),
    ("@daily 5", 7, "nothing may follow @daily"),
    ("@manual now", 8, "nothing may follow @manual"),
    # Intervals.
    ("@every", 6, "interval: the duration is missing"),
    ("@every 1x", 8, "interval: unit 'x' is unknown"),
    ("@every 1h500ms", 12, "interval: unit 'ms' is unknown"),
    ("@every 90", 7, "interval: '90' is not a duration"),
    ("@every -1h", 7, "interval: '-1h' is not a duration"),
    ("@every 1h 30m", 9, "interval: ' 30m' is not a duration"),
    ("@every 0s", 7, "interval: shorter than 1 second"),
    ("@every 0.5s", 7, "interval: shorter than 1 second"),
    ("@every 1.25s", 7, "interval: not a whole number of seconds"),
    ("@every 99999999999h", 7, "interval: longer than 5 years"),
    # Date-times.
    ("2027-01-01", 10, "the time of day is missing"),
    ("2027-1-1T10:00", 0, "'2027-1-1T10:00' is not a date-time"),
    (" 2027-02-30T10:00", 1, "2027-02-30T10:00 is not a valid date-time: day is out of range"),
    ("2027-01-01T24:30", 0, "2027-01-01T24:30 is not a valid date-time: hour"),
    ("2027-01-01T10:00+25:00", 0, "2027-01-01T10:00+25:00 is not a valid date-time: offsets"),
    ("0001-01-01T00:00", 0, "year 1 is out of range"),
    ("9999-12-31T23:59:59Z", 0, "year 9999 is out of range"),
    # Recurrence rules.
    ("RRULE:", 6, "RRULE: '' is not NAME=VALUE"),
    ("RRULE:COUNT=1", 13, "RRULE: FREQ is missing"),
    ("RRULE:FREQ=HOURY", 11, "FREQ: HOURY is unknown"),
    ("RRULE:FREQ=DAILY;DTSTART=20270101", 17, "RRULE: part DTSTART is unknown"),
    ("RRULE:FREQ=DAILY;FREQ=DAILY", 17, "RRULE: FREQ is given twice"),
    ("RRULE:FREQ=DAILY;INTERVAL=0", 26, "INTERVAL: 0 is below 1"),
    ("RRULE:FREQ=DAILY;BYHOUR=9,24", 26, "BYHOUR: 24 is above 23"),
    ("RRULE:FREQ=DAILY;BYHOUR=", 17, "RRULE: 'BYHOUR=' is not NAME=VALUE"),
    ("RRULE:FREQ=MONTHLY;BYMONTHDAY=-32", 31, "BYMONTHDAY: 32 is above 31"),
    ("RRULE:FREQ=MONTHLY;BYDAY=6MO", 25, "BYDAY: 6MO is not between 1 and 5"),
    ("RRULE:FREQ=DAILY;BYDAY=1MO", 23, "BYDAY: 1MO counts weekdays"),
    ("RRULE:FREQ=WEEKLY;BYMONTHDAY=1", 29, "BYMONTHDAY: has no meaning with FREQ=WEEKLY"),
    ("RRULE:FREQ=DAILY;BYSETPOS=1", 26, "BYSETPOS: needs another BY part to pick from"),
    ("RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101", 31, "UNTIL: COUNT and UNTIL cannot be combined"),
    ("RRULE:FREQ=DAILY;UNTIL=20270229", 23, "UNTIL: 20270229 is not a valid date-time"),
    ("RRULE:FREQ=DAILY;WKST=XX", 22, "WKST: XX is not a weekday"),
]


@pytest.mark.parametrize(("text", "position", "message"), MISTAKES)
def test_a_mistake_is_named_and_located(text: str, position: int, message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse(text)
    assert caught.value.message.startswith(message)
    assert caught.value.position == position
    assert caught.value.field == "schedule"


# Each of these has made some scheduler run out of time or memory. The time-out is the test.
HOSTILE = [
    "1--100000000 * * * *",
    "1-100000000 * * * *",
    "0-59/100000000 * * * *",
    "*/99999999999999999999999999 * * * *",
    "0 0 0 1-999999999999 * *",
    f"{'9' * 400} * * * *",
    f"{'1,' * 5_000}1 * * * *",
    f"{'*,' * 10_000_000}* * * * *",
    "*" * 400,
    "*/" * 200 + " * * * *",
    "-" * 499,
    " " * 10_000_000,
    "@every " + "1h" * 10_000_000,
    "@every 0.000001s",
    "@every 999999999999d",
    "@" * 500,
    "0 0 \N{ARABIC-INDIC DIGIT ONE} * *",
    "0 0 \N{SUPERSCRIPT TWO} * *",
    "0 0 1 * *\x00",
    "0 0 1\n* *",
    "0 0\N{NO-BREAK SPACE}1 * * *",
    "\N{FULLWIDTH COMMERCIAL AT}daily",
    "2027-01-01T10:00:00" + "0" * 400,
    "RRULE:FREQ=DAILY;COUNT=1000000000",
    "RRULE:FREQ=DAILY;INTERVAL=1000000000000",
    "RRULE:FREQ=SECONDLY;INTERVAL=157680001",
    "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "RRULE:FREQ=MINUTELY;BYYEARDAY=1;BYMONTH=7",
    "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYMONTH=12",
    f"RRULE:FREQ=YEARLY;BYSETPOS={','.join('9999999999' for _ in range(40))}",
    f"RRULE:FREQ=DAILY;BYHOUR={every(24)};BYMINUTE={every(60)};BYSECOND=0,1",
    "RRULE:" + "FREQ=DAILY;" * 40,
    "RRULE:FREQ=DAILY\r\nRRULE:FREQ=SECONDLY",
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_refused_at_once(text: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse(text)
    assert len(str(caught.value)) < 400


# Valid as far as they go, but their occurrences are rare, far or none.
NEVER = [
    "RRULE:FREQ=SECONDLY;INTERVAL=86400;BYHOUR=10",
    "RRULE:FREQ=SECONDLY;INTERVAL=86399;BYHOUR=3;BYSECOND=7",
    "RRULE:FREQ=MINUTELY;INTERVAL=1440;BYHOUR=10",
    "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "RRULE:FREQ=WEEKLY;BYDAY=MO;BYSETPOS=5",
    "RRULE:FREQ=DAILY;BYHOUR=9;BYSETPOS=2",
    "RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTH=6",
    "RRULE:FREQ=DAILY;UNTIL=20260101",
    "0 0 */28 2 3#1",
    "2031-12-31T00:00",
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", NEVER)
def test_a_new_schedule_must_fire_within_five_years(text: str) -> None:
    with pytest.raises(ScheduleError, match="never fires within 5 years"):
        check_new(text, "UTC", NOW)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "0 0 */28 2 MON",  # 29 February on a Monday, or 1 February
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=23;BYMINUTE=59;BYSECOND=59",
        "RRULE:FREQ=SECONDLY;COUNT=3000",
        "RRULE:FREQ=MINUTELY;INTERVAL=59;BYMONTHDAY=31;BYHOUR=3;COUNT=3000",
    ],
)
def test_the_rarest_occurrences_are_found_at_once(text: str) -> None:
    rule, moment = parse(text, "Europe/Berlin"), NOW
    for _ in range(20):
        following = rule.next_after(moment, NOW)
        assert following is not None
        assert following > moment
        moment = following


def test_a_one_off_in_the_past_is_an_error_for_a_new_schedule_only() -> None:
    with pytest.raises(ScheduleError, match="is in the past"):
        check_new("2026-11-21T08:59", "UTC", NOW)
    assert parse("2026-11-21T08:59").next_after(NOW, NOW) is None
    assert check_new("2026-11-21T09:01", "UTC", NOW).kind == "once"


def test_a_rule_that_ends_is_checked_from_the_start_of_its_job() -> None:
    text, start = "RRULE:FREQ=DAILY;COUNT=1", NOW + timedelta(days=3_000)
    with pytest.raises(ScheduleError, match="never fires"):
        check_new(text, "UTC", NOW)  # its one occurrence is the moment of creation, which is over
    assert check_new(text, "UTC", NOW, anchor=start).next_after(NOW, start) == start


def test_a_manual_schedule_need_not_fire() -> None:
    assert check_new("@manual", "UTC", NOW).kind == "manual"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "Europe/Berlni",
        "../../etc/passwd",
        "/etc/passwd",
        "right/UTC",
        "zone.tab",
        "\0",
        "x" * 10_000,
    ],
)
def test_an_unknown_zone_is_an_error_on_the_timezone(name: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse("@daily", name)
    assert caught.value.field == "timezone"
    assert len(str(caught.value)) < 200


def test_a_misspelt_zone_or_word_gets_a_suggestion() -> None:
    with pytest.raises(ScheduleError, match=r"did you mean Europe/Berlin"):
        parse("@daily", "Europe/Berlni")
    with pytest.raises(ScheduleError, match=r"did you mean @weekly\?"):
        parse("@weekley")
    with pytest.raises(ScheduleError, match=r"write FRI-SAT,SUN-MON"):
        parse("0 0 * * FRI-MON")
