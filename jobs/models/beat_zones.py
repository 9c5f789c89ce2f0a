"""A crontab row of django-celery-beat whose zone this machine does not know can be read, listed and
mended.

The package's own field raises when such a row is read: one of them would close the list of
crontabs, the form of every periodic task, and the scheduler's own reading of all rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.core.exceptions import ValidationError
from django_celery_beat.models import CrontabSchedule


class UnknownZone(tzinfo):
    """Its name can be shown; asked for a time, it says what is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def utcoffset(self, moment: datetime | None) -> timedelta:
        raise ValueError(f"this machine knows no zone {self.name!r}")

    tzname = dst = utcoffset  # type: ignore[assignment]  # none of them can be told


def read_unknown_zones() -> None:
    """Let rows with an unknown zone be read; a form that would save one is refused as before."""
    field: Any = CrontabSchedule._meta.get_field("timezone")
    read, both = field.from_db_value, field._get_python_and_db_repr

    def from_db_value(value: Any, *more: Any) -> Any:
        try:
            return read(value, *more)
        except ValidationError:
            return UnknownZone(str(value))

    field.from_db_value = from_db_value
    field._get_python_and_db_repr = lambda zone: (
        (zone, zone.name) if isinstance(zone, UnknownZone) else both(zone)
    )
