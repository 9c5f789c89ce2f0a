"""When a declared job is due: what ``cron``, ``every``, ``rrule``, ``once`` and ``manual`` make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from jobs.moments import iso

RRULE = "RRULE:"


@dataclass(frozen=True)
class Times:
    """A schedule as a job's three fields have it; whether it makes sense is checked with the
    job.
    """

    schedule: str
    timezone: str = "UTC"
    day_rule: Literal["or", "and"] = "or"


def cron(text: str, timezone: str = "UTC", *, day_rule: Literal["or", "and"] = "or") -> Times:
    """Five fields as cron has them, or six with the seconds first; ``@daily`` and its kin too.

    ``day_rule``: whether a day must match either or both of two restricted day fields.
    """
    return Times(text, timezone, day_rule)


def every(period: str | timedelta) -> Times:
    """A fixed period of elapsed time: ``"1h30m"``, or a timedelta of whole seconds."""
    text = f"{period.total_seconds():f}s" if isinstance(period, timedelta) else period
    return Times(f"@every {text.replace('.000000', '')}")


def rrule(text: str, timezone: str = "UTC") -> Times:
    """A recurrence rule of RFC 5545: ``"FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18"``."""
    return Times(text if text.upper().startswith(RRULE) else RRULE + text, timezone)


def once(moment: datetime | str, timezone: str = "UTC") -> Times:
    """One moment; without an offset it is read in ``timezone``."""
    if isinstance(moment, datetime):
        moment = iso(moment) if moment.tzinfo else str(moment)
    return Times(moment, timezone)


def manual() -> Times:
    """Never by itself: a person or a program starts it."""
    return Times("@manual")
