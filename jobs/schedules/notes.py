"""What may surprise about a schedule: days on which clocks change, and cron's odd corners."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from jobs.schedules.clock_changes import Walls
from jobs.schedules.cron import fields as cron_fields
from jobs.schedules.cron.describe import joined
from jobs.schedules.cron.expression import CronFields
from jobs.schedules.cron.fields import Field
from jobs.schedules.rule import FIRST_MOMENT, LAST_MOMENT
from jobs.schedules.zones import SECOND, Shift, first_instant, shifts_between

# Thirteen months, so that a yearly pair of changes is always in sight.
_AHEAD = timedelta(days=396)
_MOST_TIMES = 3


def clock_notes(walls: Walls, zone: ZoneInfo, moment: datetime, *, elapsed: bool) -> list[str]:
    """One note per clock change ahead that touches the rule's times; ``elapsed`` as in
    ``walls``.
    """
    notes = []
    for shift in _shifts_ahead(zone, moment):
        times = _times_within(walls, *sorted((shift.wall_before, shift.wall_after)))
        if times:
            notes.append(_elapsed_note(shift, times) if elapsed else shift_note(shift, zone, times))
        elif not elapsed:
            notes.extend(_moved_in_utc(walls, zone, shift))
    return notes


def has_shifts(zone: ZoneInfo, moment: datetime) -> bool:
    """Whether clocks change within the time notes look ahead."""
    return any(True for _ in _shifts_ahead(zone, moment))


def _shifts_ahead(zone: ZoneInfo, moment: datetime) -> Iterator[Shift]:
    start = min(max(moment, FIRST_MOMENT), LAST_MOMENT).astimezone(UTC)
    return shifts_between(zone, start, start + _AHEAD)


def _times_within(walls: Walls, start: datetime, end: datetime) -> list[datetime]:
    """Matching wall times in [start, end), one more than are written out."""
    found: list[datetime] = []
    after = start - SECOND
    while len(found) <= _MOST_TIMES:
        following = walls(after)
        if following is None or following >= end:
            break
        found.append(following)
        after = following
    return found


def shift_note(shift: Shift, zone: ZoneInfo, times: list[datetime]) -> str:
    """What becomes of these wall times, which the shift skips or repeats, when each is to run
    once.
    """
    many = len(times) > 1
    if shift.is_gap:
        moved = shift.at.astimezone(zone)
        verb = "do not exist and run once at" if many else "does not exist and runs at"
        return f"{_day(times[0])}: {_shown(shift, times)} {verb} {_time(moved)} {moved:%Z}"
    name = first_instant(zone, times[0]).astimezone(zone).tzname()
    verb = (
        "occur twice and run only the first time"
        if many
        else "occurs twice and runs only the first time"
    )
    return f"{_day(times[0])}: {_shown(shift, times)} {verb} ({name})"


def _elapsed_note(shift: Shift, times: list[datetime]) -> str:
    many = len(times) > 1
    if shift.is_gap:
        verb = "do not exist and do not run" if many else "does not exist and does not run"
    else:
        verb = "occur twice and run both times" if many else "occurs twice and runs both times"
    return f"{_day(times[0])}: {_shown(shift, times)} {verb}"


def _moved_in_utc(walls: Walls, zone: ZoneInfo, shift: Shift) -> list[str]:
    """The change touches none of the times, which stay on the wall clock and so move in UTC."""
    following = walls(max(shift.wall_before, shift.wall_after) - SECOND)
    if following is None:
        return []
    now_utc = first_instant(zone, following)
    before = following - shift.before
    moved = f"{_time(before)} UTC becomes {_time(now_utc)} UTC"
    return [f"{_day(shift.wall_after)}: clocks change, {_time(following)} stays; {moved}"]


def _day(wall: datetime) -> str:
    return f"{wall:%a} {wall.day} {wall:%b %Y}"


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _shown(shift: Shift, times: list[datetime]) -> str:
    if len(times) <= _MOST_TIMES:
        return joined([_time(time) for time in times])
    return (
        f"{_time(times[0])} and later times before "
        f"{_time(max(shift.wall_before, shift.wall_after))}"
    )


def field_notes(fields: CronFields) -> list[str]:
    """What people tend to expect otherwise of the fields themselves."""
    return [*_day_notes(fields), *_step_notes(fields)]


def _day_notes(fields: CronFields) -> list[str]:
    if fields.day_of_month.text == "*" or fields.day_of_week.text == "*":
        return []
    if fields.either_day:
        return [
            "day-of-month and day-of-week are OR-ed: the schedule fires on days that match either"
        ]
    why = "as the day rule says" if fields.both_days else "because one of them begins with *"
    return [f"day-of-month and day-of-week are AND-ed, {why}"]


def _step_notes(fields: CronFields) -> list[str]:
    """Steps that do not divide their unit start anew with it."""
    stepped = (
        (fields.second, cron_fields.SECOND.span, "minute"),
        (fields.minute, cron_fields.MINUTE.span, "hour"),
        (fields.hour, cron_fields.HOUR.span, "day"),
        (fields.month, cron_fields.MONTH.span, "year"),
    )
    notes = [
        f"{field.text} restarts each {unit}"
        for field, span, unit in stepped
        if _is_uneven(field, span)
    ]
    if fields.day_of_month.text.startswith("*/") and fields.day_of_month.text != "*/1":
        notes.append(f"{fields.day_of_month.text} restarts each month")
    return notes


def _is_uneven(field: Field, span: int) -> bool:
    step = field.text.removeprefix("*/")
    return step != field.text and step.isdigit() and span % int(step) != 0


def quartz_notes(text: str) -> list[str]:
    """Who writes ? has Quartz's numbers of the days in mind, which differ by one."""
    days = text.rsplit(maxsplit=1)[-1]
    if "?" not in text or not any(
        letter.isdigit() for letter in days.partition("#")[0].partition("/")[0]
    ):
        return []
    return [
        (
            "? is Quartz's, where day-of-week 1 is Sunday and 7 is Saturday: here 0 is Sunday, 1 "
            "is Monday; use names"
        )
    ]
