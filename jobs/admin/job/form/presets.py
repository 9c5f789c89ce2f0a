"""Schedules to begin with: a click writes one into the field, where it can be changed."""

from __future__ import annotations

from datetime import datetime, timedelta

PRESETS = [
    ("Every 5 minutes", "*/5 * * * *"),
    ("Hourly", "@hourly"),
    ("Nightly", "30 2 * * *"),
    ("Weekdays at nine", "0 9 * * MON-FRI"),
    ("Mondays", "0 6 * * MON"),
    ("End of the month", "0 22 L * *"),
    ("Every 90 minutes", "@every 1h30m"),
    ("First Tuesdays", "RRULE:FREQ=MONTHLY;BYDAY=1TU;BYHOUR=9;BYMINUTE=0;BYSECOND=0"),
]


def presets(now: datetime) -> list[tuple[str, str]]:
    """Label and schedule text: one of each form."""
    tomorrow = f"{now + timedelta(days=1):%Y-%m-%d}T09:00"
    return [*PRESETS, ("Once, tomorrow", tomorrow), ("Manual only", "@manual")]
