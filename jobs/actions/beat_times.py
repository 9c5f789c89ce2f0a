"""When celery beat would start a row of django-celery-beat, as a job's schedule."""

from __future__ import annotations

import re
from datetime import timedelta

from celery.schedules import ParseException, crontab_parser
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from jobs import schedules
from jobs.errors import DomainError, ScheduleError
from jobs.moments import iso
from jobs.schedules.cron import fields as cron_fields
from jobs.schedules.cron.fields import FieldSpec, read_field

# Celery looks at the first three letters of a day's or a month's name.
LONG_NAME = re.compile(r"([A-Za-z]{3})[A-Za-z]+")
# In cron's order: Celery's own reader of each field, and ours.
FIELDS = {
    "minute": (crontab_parser(60), cron_fields.MINUTE),
    "hour": (crontab_parser(24), cron_fields.HOUR),
    "day_of_month": (crontab_parser(31, 1), cron_fields.DAY_OF_MONTH),
    "month_of_year": (crontab_parser(12, 1), cron_fields.MONTH),
    "day_of_week": (crontab_parser(7), cron_fields.DAY_OF_WEEK),
}
SUNDAY_AS_7 = 1 << 7


def times_of(row: PeriodicTask) -> dict[str, str]:
    """The schedule, its time zone and its day rule, which is Celery's: two restricted day fields
    must both match.
    """
    text, zone = schedule_text(row)
    return {"schedule": text, "timezone": zone, "day_rule": schedules.strict_day_rule(text)}


def schedule_text(row: PeriodicTask) -> tuple[str, str]:
    """The schedule and its time zone."""
    if row.crontab:
        return cron_text(row.crontab), str(row.crontab.timezone)
    if row.interval:
        return every_text(row.interval), "UTC"
    if row.clocked:
        return iso(row.clocked.clocked_time, "seconds"), "UTC"
    kind = "solar events" if row.solar else "rows without a schedule"
    raise DomainError(
        f"{kind} cannot be expressed as a job", field="solar" if row.solar else "schedule"
    )


def cron_text(crontab: CrontabSchedule) -> str:
    """The five fields in cron's order."""
    fields = [_field(str(getattr(crontab, name)), *kind) for name, kind in FIELDS.items()]
    return " ".join(fields)


def every_text(interval: IntervalSchedule) -> str:
    """The period in days, hours, minutes and seconds."""
    period = timedelta(**{interval.period: interval.every})
    if period < timedelta(seconds=1) or period % timedelta(seconds=1):
        raise DomainError("an interval must be a whole number of seconds", field="interval")
    minutes, seconds = divmod(period // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "@every " + "".join(f"{count}{unit}" for count, unit in parts if count)


def _field(written: str, celery: crontab_parser, spec: FieldSpec) -> str:
    """The field as it is written where we read it alike; else the values that Celery finds in it,
    such as for 22-4.
    """
    text = LONG_NAME.sub(r"\1", "".join(written.split()))
    try:
        wanted = sum(1 << value for value in celery.parse(text))
    except (ParseException, ValueError, IndexError):
        return text  # which is no field of Celery's: ours says what is wrong with it
    try:
        mask = read_field(spec, text, 0).mask
    except ScheduleError:
        return _ranges(wanted)
    if spec is cron_fields.DAY_OF_WEEK and mask & SUNDAY_AS_7:
        mask = mask & ~SUNDAY_AS_7 | 1
    return text if mask == wanted else _ranges(wanted)


def _ranges(mask: int) -> str:
    """The values, those in a row as a range."""
    parts: list[list[int]] = []
    for value in (value for value in range(mask.bit_length()) if mask >> value & 1):
        if parts and parts[-1][-1] == value - 1:
            parts[-1].append(value)
        else:
            parts.append([value])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in parts)
