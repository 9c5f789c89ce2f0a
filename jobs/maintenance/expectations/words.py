"""Moments as the clock of a job's zone shows them, within a sentence."""

from __future__ import annotations

from datetime import datetime

from jobs.errors import ScheduleError
from jobs.moments import stamp
from jobs.schedules.zones import zone_named


def on_the_jobs_clock(moment: datetime, timezone: str) -> str:
    """``Tue 2026-12-01 03:00 Europe/Berlin``."""
    try:
        zone = zone_named(timezone)
    except ScheduleError:
        return stamp(moment)
    local = moment.astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M}{f':{local:%S}' if local.second else ''} {timezone}"
