"""A cron text's fields as celery's crontab reads them."""

from __future__ import annotations

from jobs.errors import DomainError
from jobs.schedules.cron.expression import CronFields

FULL_WEEK = 0b1111111
SUNDAY_AS_7 = 1 << 7


class NoCrontab(DomainError):
    """Celery's crontab would mean something else, or has no word for it."""


def crontab_fields(fields: CronFields) -> dict[str, str]:
    """Celery's five fields, each a list of plain numbers or ``*``; raises NoCrontab."""
    if fields.second.mask != 1:
        raise NoCrontab("it fires at seconds other than 0, and celery beat's cron has no seconds")
    if any(
        mark in text
        for text in (fields.day_of_month.text, fields.day_of_week.text)
        for mark in "L#"
    ):
        raise NoCrontab("celery beat's cron has no L, LW and #")
    if fields.either_day:
        raise NoCrontab(
            "both day fields are restricted and either may match, for celery beat both must"
        )
    return {
        "minute": _numbers(fields.minute.mask, 0, 59),
        "hour": _hours(fields.hour.mask),
        "day_of_month": _numbers(fields.day_of_month.mask, 1, 31),
        "month_of_year": _numbers(fields.month.mask, 1, 12),
        "day_of_week": _numbers(
            fields.day_of_week.mask & FULL_WEEK | bool(fields.day_of_week.mask & SUNDAY_AS_7), 0, 6
        ),
    }


def _numbers(mask: int, low: int, high: int) -> str:
    values = [value for value in range(low, high + 1) if mask >> value & 1]
    return "*" if len(values) == high - low + 1 else ",".join(map(str, values))


def _hours(mask: int) -> str:
    # django-celery-beat 2.9 leaves out rows whose hour is one plain number and, by its reckoning
    # with time zones, far from now; it errs for some zones (its issues 894 and 956). A range of one
    # hour is not reckoned with.
    text = _numbers(mask, 0, 23)
    return f"{text}-{text}" if text.isdigit() else text
