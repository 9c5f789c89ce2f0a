"""The days on which clocks change, worked out by hand.

Times are UTC; the comments give the wall clock.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from jobs.schedules import Schedule, parse

# 02:00 CET is 03:00 CEST at 01:00 UTC.
BERLIN_GAP = (
    "Europe/Berlin",
    "2027-03-27T22:59",
    "2027-03-28T02:59",
)
# 03:00 CEST is 02:00 CET at 01:00 UTC.
BERLIN_FOLD = (
    "Europe/Berlin",
    "2027-10-30T21:59",
    "2027-10-31T03:59",
)
# 02:00 EST is 03:00 EDT at 07:00 UTC.
NEW_YORK_GAP = (
    "America/New_York",
    "2026-03-08T04:59",
    "2026-03-08T08:59",
)
# 02:00 EDT is 01:00 EST at 06:00 UTC.
NEW_YORK_FOLD = (
    "America/New_York",
    "2026-11-01T03:59",
    "2026-11-01T07:59",
)
# 02:00 +1030 is 02:30 +11 at 15:30.
LORD_HOWE_GAP = (
    "Australia/Lord_Howe",
    "2026-10-03T13:29",
    "2026-10-03T16:29",
)
# 02:00 +11 is 01:30 +1030 at 15:00.
LORD_HOWE_FOLD = (
    "Australia/Lord_Howe",
    "2026-04-04T12:59",
    "2026-04-04T17:29",
)
# 02:00 +00 is 03:00 +01 at 02:00 UTC.
CASABLANCA_GAP = (
    "Africa/Casablanca",
    "2027-03-13T23:59",
    "2027-03-14T03:59",
)
# 03:00 +01 is 02:00 +00 at 02:00 UTC.
CASABLANCA_FOLD = (
    "Africa/Casablanca",
    "2027-02-06T22:59",
    "2027-02-07T03:59",
)
KATHMANDU = ("Asia/Kathmandu", "2027-03-27T18:14", "2027-03-28T18:14")  # +0545, whatever the season

GOLDEN = [
    # Berlin, spring: a named time runs at the end of the gap, once; wildcards have no 02:00 to
    # 02:59.
    (BERLIN_GAP, "30 2 * * *", ["01:00"]),
    (BERLIN_GAP, "0 2 * * *", ["01:00"]),
    (BERLIN_GAP, "59 1 * * *", ["00:59"]),
    (BERLIN_GAP, "0 3 * * *", ["01:00"]),
    (BERLIN_GAP, "0,30 2,3 * * *", ["01:00", "01:30"]),  # 02:00, 02:30 and 03:00 are one
    (BERLIN_GAP, "10 30 2 * * *", ["01:00"]),
    (BERLIN_GAP, "30 * * * *", ["23:30", "00:30", "01:30", "02:30"]),
    (BERLIN_GAP, "*/30 2 * * *", []),
    (BERLIN_GAP, "0 */2 * * *", ["23:00", "02:00"]),
    (BERLIN_GAP, "0 * * * *", ["23:00", "00:00", "01:00", "02:00"]),
    # Berlin, autumn: a named time runs at its first showing; wildcards run in both.
    (BERLIN_FOLD, "30 2 * * *", ["00:30"]),
    (BERLIN_FOLD, "59 2 * * *", ["00:59"]),
    (BERLIN_FOLD, "0 3 * * *", ["02:00"]),
    (BERLIN_FOLD, "0 1,2,3 * * *", ["23:00", "00:00", "02:00"]),
    (BERLIN_FOLD, "30 * * * *", ["22:30", "23:30", "00:30", "01:30", "02:30", "03:30"]),
    (BERLIN_FOLD, "*/30 2 * * *", ["00:00", "00:30", "01:00", "01:30"]),
    (BERLIN_FOLD, "0 */2 * * *", ["22:00", "00:00", "01:00", "03:00"]),
    # New York changes at 02:00 too, where midnight is 04:00 or 05:00 UTC.
    (NEW_YORK_GAP, "30 2 * * *", ["07:00"]),
    (NEW_YORK_GAP, "30 1 * * *", ["06:30"]),
    (NEW_YORK_GAP, "0 3 * * *", ["07:00"]),
    (NEW_YORK_GAP, "15 * * * *", ["05:15", "06:15", "07:15", "08:15"]),
    (NEW_YORK_FOLD, "30 1 * * *", ["05:30"]),
    (NEW_YORK_FOLD, "0 2 * * *", ["07:00"]),
    (NEW_YORK_FOLD, "*/30 1 * * *", ["05:00", "05:30", "06:00", "06:30"]),
    (NEW_YORK_FOLD, "0 0-2 * * *", ["04:00", "05:00", "07:00"]),
    # Lord Howe moves by half an hour: 02:00 to 02:29 are skipped, 01:30 to 01:59 come twice.
    (LORD_HOWE_GAP, "15 2 * * *", ["15:30"]),
    (LORD_HOWE_GAP, "45 2 * * *", ["15:45"]),
    (LORD_HOWE_GAP, "*/15 2 * * *", ["15:30", "15:45"]),
    (LORD_HOWE_GAP, "0 * * * *", ["13:30", "14:30", "16:00"]),
    (LORD_HOWE_FOLD, "45 1 * * *", ["14:45"]),
    (LORD_HOWE_FOLD, "0 2 * * *", ["15:30"]),
    (LORD_HOWE_FOLD, "15 2 * * *", ["15:45"]),
    (LORD_HOWE_FOLD, "59 2 * * *", ["16:29"]),
    (LORD_HOWE_FOLD, "*/15 1 * * *", ["14:00", "14:15", "14:30", "14:45", "15:00", "15:15"]),
    (LORD_HOWE_FOLD, "*/15 2 * * *", ["15:30", "15:45", "16:00", "16:15"]),
    (LORD_HOWE_FOLD, "0 * * * *", ["13:00", "14:00", "15:30", "16:30"]),
    # Casablanca leaves its summer time for Ramadan.
    (CASABLANCA_FOLD, "30 2 * * *", ["01:30"]),
    (CASABLANCA_FOLD, "0 3 * * *", ["03:00"]),
    (CASABLANCA_FOLD, "30 * * * *", ["23:30", "00:30", "01:30", "02:30", "03:30"]),
    (CASABLANCA_GAP, "30 2 * * *", ["02:00"]),
    (CASABLANCA_GAP, "30 1 * * *", ["01:30"]),
    (CASABLANCA_GAP, "*/20 2 * * *", []),
    # Kathmandu is 5:45 ahead all year.
    (KATHMANDU, "0 0 * * *", ["18:15"]),
    (KATHMANDU, "15 6 * * *", ["00:30"]),
    (KATHMANDU, "0 */8 * * *", ["18:15", "02:15", "10:15"]),
    # Recurrence rules from daily on name their time; finer ones are wildcards.
    (BERLIN_GAP, "RRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=30;BYSECOND=0", ["01:00"]),
    (BERLIN_FOLD, "RRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=30;BYSECOND=0", ["00:30"]),
    (BERLIN_GAP, "RRULE:FREQ=HOURLY;BYMINUTE=30;BYSECOND=0", ["23:30", "00:30", "01:30", "02:30"]),
    (BERLIN_FOLD, "RRULE:FREQ=HOURLY;BYHOUR=2;BYMINUTE=30;BYSECOND=0", ["00:30", "01:30"]),
    (LORD_HOWE_FOLD, "RRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=15;BYSECOND=0", ["15:45"]),
    # Intervals know no clocks.
    (BERLIN_GAP, "@every 2h", ["00:59", "02:59"]),
    (BERLIN_FOLD, "@every 2h", ["23:59", "01:59", "03:59"]),
    # One-offs follow the rule for named times.
    (BERLIN_GAP, "2027-03-28T02:30", ["01:00"]),
    (BERLIN_FOLD, "2027-10-31T02:30", ["00:30"]),
    (BERLIN_FOLD, "2027-10-31T02:30+01:00", ["01:30"]),
    (LORD_HOWE_GAP, "2026-10-04T02:15", ["15:30"]),
]


@pytest.mark.parametrize(("night", "text", "clocks"), GOLDEN)
def test_a_night_on_which_clocks_change(
    night: tuple[str, str, str], text: str, clocks: list[str]
) -> None:
    zone, after, until = night
    start = datetime.fromisoformat(f"{after}:00Z")
    found = Schedule(parse(text, zone), anchor=start).between(
        start, datetime.fromisoformat(f"{until}:00Z"), 100
    )
    assert [f"{moment:%H:%M}" for moment in found] == clocks


@pytest.mark.parametrize("text", ["45 2 * * *", "RRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=45;BYSECOND=0"])
def test_a_named_time_is_not_due_again_in_the_second_pass(text: str) -> None:
    moment = datetime.fromisoformat("2027-10-31T01:30Z")  # 02:30 CET; 02:45 CEST was at 00:45
    assert parse(text, "Europe/Berlin").next_after(moment, moment) == datetime.fromisoformat(
        "2027-11-01T01:45Z"
    )


def test_seconds_repeat_with_their_minute() -> None:
    rule = parse("*/30 59 * * * *", "Europe/Berlin")
    start, end = (
        datetime.fromisoformat("2027-10-31T00:00Z"),
        datetime.fromisoformat("2027-10-31T02:00Z"),
    )
    found = Schedule(rule, anchor=start).between(start, end, 10)
    assert [f"{moment:%H:%M:%S}" for moment in found] == [
        "00:59:00",
        "00:59:30",
        "01:59:00",
        "01:59:30",
    ]


def test_a_day_that_a_country_skipped_runs_at_its_end() -> None:
    rule = parse("0 9 30 12 *", "Pacific/Apia")  # Samoa went from 29 to 31 December 2011
    moment = datetime.fromisoformat("2011-12-01T00:00Z")
    assert rule.next_after(moment, moment) == datetime.fromisoformat("2011-12-30T10:00Z")


def test_a_wildcard_that_only_the_gap_would_match_never_runs() -> None:
    # The clocks of New York skip 02:00 to 02:59 on the second Sunday of March, every year.
    rule = parse("*/5 2 * 3 SUN#2", "America/New_York")
    moment = datetime.fromisoformat("2027-01-01T00:00Z")
    assert rule.next_after(moment, moment) is None
