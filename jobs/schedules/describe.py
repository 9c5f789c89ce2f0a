"""Cron expressions as a sentence, in the 24-hour clock."""

from __future__ import annotations

import calendar
from collections.abc import Sequence

from cron_descriptor import DescriptionTypeEnum, ExpressionDescriptor, Options

from jobs.schedules.cron_expression import CronFields
from jobs.schedules.cron_fields import Field

_MOST_TIMES = 4
_ALL_MINUTES = (1 << 60) - 1
_ORDINALS = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth"}
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def describe_cron(fields: CronFields) -> str:
    """ "At 02:30 every day", "Every 5 minutes from 09:00 to 17:59 on Monday to Friday"."""
    return " ".join(part for part in (_clock(fields), _days(fields), _months(fields)) if part)


def joined(words: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def values(mask: int) -> list[int]:
    return [value for value in range(mask.bit_length()) if mask >> value & 1]


def _clock(fields: CronFields) -> str:
    times = _few_times(fields)
    if times:
        return f"At {joined(times)}"
    simple = _regular(fields) if fields.second.text == "0" else _regular_seconds(fields)
    return simple or _by_descriptor(fields)


def _few_times(fields: CronFields) -> list[str]:
    """The times of day, written out, where they are few."""
    masks = fields.hour.mask, fields.minute.mask, fields.second.mask
    if masks[0].bit_count() * masks[1].bit_count() * masks[2].bit_count() > _MOST_TIMES:
        return []
    shown = "{:02}:{:02}" if fields.second.text == "0" else "{:02}:{:02}:{:02}"
    hours, minutes, seconds = (values(mask) for mask in masks)
    return [shown.format(hour, minute, second) for hour in hours for minute in minutes for second in seconds]


def _regular(fields: CronFields) -> str:
    """ "Every 5 minutes from 09:00 to 17:59"; "" for a pattern that is not regular."""
    hours, minute = _hour_span(fields.hour), fields.minute
    every = _every(minute, "minute")
    if every and hours is not None:
        return f"{every}{hours}"
    if minute.text != "0":
        return f"At minute {minute.text}{hours or ' of every hour'}" if _plain(minute) and hours is not None else ""
    if hours is not None:
        return f"Every hour{hours[:-2] + '00' if hours else ''}"
    return _every(fields.hour, "hour")


def _regular_seconds(fields: CronFields) -> str:
    every = _every(fields.second, "second")
    whole_day = fields.minute.mask == _ALL_MINUTES and fields.every_hour
    return every if whole_day else ""


def _hour_span(hour: Field) -> str | None:
    """ "" for every hour, " from 09:00 to 17:59" for a range; None for anything else."""
    if hour.text == "*":
        return ""
    first, dash, last = hour.text.partition("-")
    if not dash and _plain(hour):
        last = first
    if not (first.isdigit() and last.isdigit()):
        return None
    return f" from {int(first):02}:00 to {int(last):02}:59"


def _every(field: Field, unit: str) -> str:
    """ "Every minute" or "Every 5 minutes"; "" where the field is not a star."""
    if field.text in {"*", "*/1"}:
        return f"Every {unit}"
    return f"Every {field.text[2:]} {unit}s" if _is_star_step(field) else ""


def _is_star_step(field: Field) -> bool:
    return field.text.startswith("*/") and field.text[2:].isdigit()


def _plain(field: Field) -> bool:
    return field.text.isdigit()


def _by_descriptor(fields: CronFields) -> str:
    """Everything irregular about the time of day."""
    options = Options()
    options.use_24hour_time_format = True
    text = f"{fields.second.text} {fields.minute.text} {fields.hour.text} * * *"
    return str(ExpressionDescriptor(text, options).get_description(DescriptionTypeEnum.TIMEOFDAY))


def _days(fields: CronFields) -> str:
    of_month, of_week = _day_of_month(fields.day_of_month.text), _day_of_week(fields.day_of_week.text)
    if of_month and of_week:
        return f"on {of_month} or on {of_week}" if fields.either_day else f"on {of_month} that is also {of_week}"
    if of_month or of_week:
        return f"on {of_month or of_week}"
    return "every day" if _names_its_times(fields) else ""


def _names_its_times(fields: CronFields) -> bool:
    return not fields.follows_elapsed_time


def _day_of_month(text: str) -> str:
    if text in ("*", "*/1"):
        return ""
    words = [_day_item(item) for item in text.split(",")]
    return f"{joined(words)} of the month"


def _day_item(item: str) -> str:
    special = {"L": "the last day", "LW": "the last weekday (Monday to Friday)"}
    if item in special:
        return special[item]
    base, slash, step = item.partition("/")
    span = "day 1" if base == "*" else f"day {base.replace('-', ' to ')}"
    if not slash:
        return span
    return f"every {step} days from {span}"


def _day_of_week(text: str) -> str:
    if text in ("*", "*/1", "0-7", "1-7", "0-6"):
        return ""
    return joined([_weekday_item(item) for item in text.split(",")])


def _weekday_item(item: str) -> str:
    if item.endswith("L"):
        return f"the last {_WEEKDAYS[int(item[:-1])]} of the month"
    day, mark, nth = item.partition("#")
    if mark:
        return f"the {_ORDINALS[nth]} {_WEEKDAYS[int(day)]} of the month"
    base, slash, step = item.partition("/")
    if slash:
        return f"every {step} days of the week from {_weekday_span('0' if base == '*' else base)}"
    return _weekday_span(base)


def _weekday_span(base: str) -> str:
    return " to ".join(_WEEKDAYS[int(day)] for day in base.split("-"))


def _months(fields: CronFields) -> str:
    text = fields.month.text
    if text in ("*", "*/1", "1-12"):
        return ""
    if "/" in text:
        return f"in {joined([calendar.month_name[month] for month in values(fields.month.mask)])}"
    return f"in {joined([_month_span(item) for item in text.split(',')])}"


def _month_span(item: str) -> str:
    return " to ".join(calendar.month_name[int(month)] for month in item.split("-"))
