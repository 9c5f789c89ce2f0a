"""Cron expressions as a sentence, in the 24-hour clock."""

from __future__ import annotations

import calendar
from collections.abc import Sequence

from jobs.schedules.cron.expression import CronFields
from jobs.schedules.cron.fields import Field

_MOST_TIMES = 6
_SPANS = {"second": 60, "minute": 60, "hour": 24}
_ALL_MINUTES = (1 << 60) - 1
_ALL_HOURS = (1 << 24) - 1
_ALL_DAYS = (1 << 32) - 2
_ALL_WEEKDAYS = (1 << 7) - 1
_ALL_MONTHS = (1 << 13) - 2
_LAST_DAYS = {"L": "the last day", "LW": "the last weekday (Monday to Friday)"}
_ORDINALS = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth"}
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def describe_cron(fields: CronFields) -> str:
    """ "At 02:30 every day", "Every 5 minutes from 09:00 to 17:59 on Monday to Friday"."""
    clock, days = _clock(fields), _days(fields)
    if not days and clock.startswith("At") and "every" not in clock:
        days = "every day"
    return " ".join(part for part in (clock, days, _months(fields)) if part)


def joined(words: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def values(mask: int) -> list[int]:
    return [value for value in range(mask.bit_length()) if mask >> value & 1]


def ordinal(number: int) -> str:
    """ "1st", "2nd", "11th"."""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _clock(fields: CronFields) -> str:
    times = _few_times(fields)
    if times:
        return f"At {joined(times)}"
    if fields.second.text != "0":
        return _seconds(fields)
    return _whole_hours(fields) if fields.minute.text == "0" else _minutes(fields)


def _few_times(fields: CronFields) -> list[str]:
    """The times of day, written out, where they are few."""
    masks = fields.hour.mask, fields.minute.mask, fields.second.mask
    if masks[0].bit_count() * masks[1].bit_count() * masks[2].bit_count() > _MOST_TIMES:
        return []
    shown = "{:02}:{:02}" if fields.second.text == "0" else "{:02}:{:02}:{:02}"
    hours, minutes, seconds = (values(mask) for mask in masks)
    return [
        shown.format(hour, minute, second)
        for hour in hours
        for minute in minutes
        for second in seconds
    ]


def _whole_hours(fields: CronFields) -> str:
    hour = fields.hour
    if hour.starts_with_star and _every(hour, "hour"):
        return _every(hour, "hour")
    first, last = _ends(hour.mask)
    if hour.mask.bit_count() == last - first + 1:
        return f"Every hour from {first:02}:00 to {last:02}:00"
    return f"At minute 0{_of_hours(hour)}"


def _minutes(fields: CronFields) -> str:
    every = _every(fields.minute, "minute")
    return (
        f"{every}{_during(fields.hour)}"
        if every
        else f"{_at(fields.minute, 'minute')}{_of_hours(fields.hour)}"
    )


def _seconds(fields: CronFields) -> str:
    every, minute = _every(fields.second, "second"), fields.minute
    if minute.mask == _ALL_MINUTES:
        return f"{every or _at(fields.second, 'second') + ' of every minute'}{_during(fields.hour)}"
    within = f"{every} in" if every else f"{_at(fields.second, 'second')} of"
    return f"{within} {_at(minute, 'minute').removeprefix('At ')}{_of_hours(fields.hour)}"


def _every(field: Field, unit: str) -> str:
    """ "Every minute" or "Every 5 minutes"; "" where the field is no star, or its steps are not all
    as long.
    """
    if field.text in {"*", "*/1"}:
        return f"Every {unit}"
    step = _star_step(field)
    return (
        f"Every {step} {unit}s" if step and _SPANS[unit] % step == 0 and step < _SPANS[unit] else ""
    )


def _star_step(field: Field) -> int:
    """The n of "*/n"; 0 for anything else."""
    step = field.text.removeprefix("*/")
    return int(step) if step != field.text and step.isdigit() else 0


def _at(field: Field, unit: str) -> str:
    """ "At minute 15", "At minutes 0 to 10 and 30"."""
    return f"At {unit if field.mask.bit_count() == 1 else unit + 's'} {joined(spans(field.mask))}"


def _during(hour: Field) -> str:
    """ "" for every hour, " from 09:00 to 17:59", or the hours one by one."""
    if hour.mask == _ALL_HOURS:
        return ""
    first, last = _ends(hour.mask)
    if hour.mask.bit_count() == last - first + 1:
        return f" from {first:02}:00 to {last:02}:59"
    return f" in{_of_hours(hour).removeprefix(' of')}"


def _of_hours(hour: Field) -> str:
    if hour.mask == _ALL_HOURS:
        return " of every hour"
    step = _star_step(hour)
    if step:
        return f" of every {ordinal(step)} hour from 00:00"
    noun = "hour" if hour.mask.bit_count() == 1 else "the hours"
    return f" of {noun} {joined(spans(hour.mask))}"


def _ends(mask: int) -> tuple[int, int]:
    found = values(mask)
    return found[0], found[-1]


def _days(fields: CronFields) -> str:
    of_month, of_week = _day_of_month(fields.day_of_month), _day_of_week(fields.day_of_week)
    if of_month and of_week:
        return (
            f"on {of_month} or on {of_week}"
            if fields.either_day
            else f"on {of_month}, if it is {of_week}"
        )
    if of_month or of_week:
        return f"on {of_month or of_week}"
    return ""


def _day_of_month(field: Field) -> str:
    """ "days 1 and 15 of the month"; "" where the field allows every day."""
    if field.starts_with_star and field.mask == _ALL_DAYS:
        return ""
    if _star_step(field):
        return f"every {ordinal(_star_step(field))} day of the month from the 1st"
    words = [_LAST_DAYS[item] for item in field.text.split(",") if item in _LAST_DAYS]
    if field.mask:
        words.insert(
            0, f"{'day' if field.mask.bit_count() == 1 else 'days'} {joined(spans(field.mask))}"
        )
    return f"{joined(words)} of the month"


def spans(mask: int) -> list[str]:
    """The values of a mask, three or more in a row as "1 to 7"."""
    found: list[list[int]] = []
    for value in values(mask):
        if found and found[-1][-1] == value - 1:
            found[-1].append(value)
        else:
            found.append([value])
    return [
        part
        for run in found
        for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))
    ]


def _day_of_week(field: Field) -> str:
    """ "Monday to Friday"; "" where the field allows every day."""
    days = field.mask | (field.mask & 1) << 7  # Sunday is both 0 and 7; people count from Monday
    if days >> 1 == _ALL_WEEKDAYS:
        return ""
    words = [_weekday_span(span) for span in spans(days & ~1)]
    words += [
        _weekday_of_month(item)
        for item in field.text.split(",")
        if item.endswith("L") or "#" in item
    ]
    return joined(words)


def _weekday_span(span: str) -> str:
    return " to ".join(_WEEKDAYS[int(day)] for day in span.split(" to "))


def _weekday_of_month(item: str) -> str:
    if item.endswith("L"):
        return f"the last {_WEEKDAYS[int(item[:-1])]} of the month"
    day, _, nth = item.partition("#")
    return f"the {_ORDINALS[nth]} {_WEEKDAYS[int(day)]} of the month"


def _months(fields: CronFields) -> str:
    """ "in January to March"; "" where the field allows every month."""
    mask = fields.month.mask
    if mask == _ALL_MONTHS:
        return ""
    names = [
        " to ".join(calendar.month_name[int(month)] for month in span.split(" to "))
        for span in spans(mask)
    ]
    return f"in {joined(names)}"
