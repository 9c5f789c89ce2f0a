"""Calendars: what closes a moment, in every form that a calendar can be written in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from jobs.errors import DomainError
from jobs.schedules.closures.closures import Closures
from jobs.schedules.closures.compiled import compiled
from jobs.schedules.closures.spec import CalendarSpec

BERLIN = "Europe/Berlin"
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Plant closed
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261110T200000Z
DTEND:20261110T220000Z
SUMMARY:Release
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20200501
RRULE:FREQ=YEARLY
SUMMARY:Labour Day
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART;VALUE=DATE:20261001
STATUS:CANCELLED
SUMMARY:Called off
END:VEVENT
END:VCALENDAR
"""


def closures(zone: str = "UTC", **written: Any) -> Closures:
    spec = CalendarSpec("plant", **written)
    return Closures((compiled(spec),), ZoneInfo(zone))


def why(found: Closures, moment: str) -> str:
    closing = found.at(datetime.fromisoformat(moment).astimezone(UTC))
    return closing.why if closing else ""


def test_the_holidays_of_a_country_are_closed_and_those_of_a_part_of_it_only_there() -> None:
    everywhere = closures(country="DE")
    bavaria = closures(country="DE", subdivision="BY")
    assert why(everywhere, "2026-12-25T12:00+00:00") == "Christmas Day"
    assert why(everywhere, "2026-01-06T12:00+00:00") == ""
    assert why(bavaria, "2026-01-06T12:00+00:00") == "Epiphany"


def test_a_day_is_a_day_of_the_jobs_zone() -> None:
    berlin, utc = closures(BERLIN, weekdays=("SUN",)), closures(weekdays=("SUN",))
    assert why(berlin, "2026-11-28T23:30+00:00") == "Sunday"  # already Sunday in Berlin
    assert why(utc, "2026-11-28T23:30+00:00") == ""
    assert why(berlin, "2026-11-29T23:30+00:00") == ""


def test_a_day_opened_by_hand_is_open_whatever_else_closes_it() -> None:
    found = closures(weekdays=("SAT",), closed_days=("2026-12-05",), open_days=("2026-12-05",))
    assert why(found, "2026-12-05T12:00+00:00") == ""
    assert why(found, "2026-12-12T12:00+00:00") == "Saturday"


def test_days_by_hand_may_be_a_stretch_and_say_why() -> None:
    found = closures(closed_days=("2026-12-24/2026-12-26 # Plant closed", "2027-01-04"))
    assert [why(found, f"2026-12-{day}T00:00+00:00") for day in (23, 24, 26, 27)] == [
        "", "Plant closed", "Plant closed", "",
    ]  # fmt: skip
    assert why(found, "2027-01-04T08:00+00:00") == "closed by hand"


def test_a_fixed_window_closes_from_its_beginning_to_just_before_its_end() -> None:
    found = closures(windows=("2026-12-20T22:00/2026-12-21T06:00 # Freeze",))
    times = [
        "2026-12-20T21:59:59",
        "2026-12-20T22:00:00",
        "2026-12-21T05:59:59",
        "2026-12-21T06:00",
    ]
    assert [why(found, f"{time}+00:00") for time in times] == ["", "Freeze", "Freeze", ""]


def test_a_window_without_an_offset_is_on_the_jobs_clock_and_one_with_it_is_not() -> None:
    local = closures(BERLIN, windows=("2026-12-20T22:00/2026-12-20T23:00",))
    fixed = closures(BERLIN, windows=("2026-12-20T22:00+00:00/2026-12-20T23:00+00:00",))
    assert why(local, "2026-12-20T21:30+00:00")
    assert not why(fixed, "2026-12-20T21:30+00:00")
    assert why(fixed, "2026-12-20T22:30+00:00")


def test_a_recurring_window_lasts_its_elapsed_time_across_midnight_and_a_clock_change() -> None:
    # On 29 March 2026 Berlin skips the hour from 02:00: four hours from 23:00 end at 04:00.
    found = closures(BERLIN, windows=("0 23 * * SAT for 4h # Maintenance",))
    assert why(found, "2026-03-28T23:00+01:00") == "Maintenance"
    assert why(found, "2026-03-29T03:59+02:00") == "Maintenance"
    assert why(found, "2026-03-29T04:00+02:00") == ""


def test_a_recurring_window_may_have_a_zone_of_its_own() -> None:
    found = closures("America/New_York", windows=("0 22 * * * for 1h in Europe/Berlin",))
    assert why(found, "2026-12-01T22:30+01:00")
    assert not why(found, "2026-12-01T22:30-05:00")


def test_events_of_whole_days_close_days_and_others_their_time() -> None:
    found = closures(ics=ICS)
    assert [why(found, f"2026-12-{day}T12:00+00:00") for day in (23, 24, 26, 27)] == [
        "", "Plant closed", "Plant closed", "",
    ]  # fmt: skip
    assert why(found, "2026-11-10T20:00+00:00") == "Release"
    assert why(found, "2026-11-10T22:00+00:00") == ""


def test_a_repeating_event_repeats_and_a_cancelled_one_closes_nothing() -> None:
    found = closures(ics=ICS)
    assert why(found, "2027-05-01T12:00+00:00") == "Labour Day"
    assert why(found, "2026-10-01T12:00+00:00") == ""


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("country", {"country": "XX"}),
        ("subdivision", {"country": "DE", "subdivision": "TX"}),
        ("subdivision", {"subdivision": "BY"}),
        ("weekdays", {"weekdays": ("SO",)}),
        ("closed_days", {"closed_days": ("24.12.2026",)}),
        ("closed_days", {"closed_days": ("2026-12-26/2026-12-24",)}),
        ("open_days", {"open_days": ("tomorrow",)}),
        ("windows", {"windows": ("2026-12-20T22:00",)}),
        ("windows", {"windows": ("2026-12-20T22:00/2026-12-20T21:00",)}),
        ("windows", {"windows": ("2026-12-20T22:00/2026-12-20T23:00+00:00",)}),
        ("windows", {"windows": ("0 25 * * * for 1h",)}),
        ("windows", {"windows": ("0 22 * * * for 90d",)}),
        ("windows", {"windows": ("0 22 * * * for 1h in Europe/Berlinn",)}),
        ("ics", {"ics": "nothing of the kind"}),
        ("ics", {"ics": ICS.replace("FREQ=YEARLY", "FREQ=SECONDLY")}),
        ("ics", {"ics": ICS.replace("FREQ=YEARLY", "FREQ=DAILY;BYSECOND=1,2,3")}),
    ],
)
def test_what_cannot_be_read_names_its_field(field: str, written: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refused:
        closures(**written)
    assert refused.value.field == field
