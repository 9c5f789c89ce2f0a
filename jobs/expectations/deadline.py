"""By when an occurrence must have succeeded: ``03:00``, ``03:00+1d`` or ``45m``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from jobs.errors import ScheduleError
from jobs.schedules.interval import read_duration
from jobs.schedules.zones import DAY, first_instant

RULE = "must be a local time such as 03:00 or 03:00+1d, or a duration such as 45m"
_LOCAL = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?:\+([0-9]{1,2})d)?", re.ASCII)


@dataclass(frozen=True)
class Deadline:
    """A local time ``at``, ``days`` after the first one that follows the due moment; or a span
    ``after`` that moment.
    """

    at: time | None = None
    days: int = 0
    after: timedelta = timedelta(0)

    def moment(self, due: datetime, zone: ZoneInfo) -> datetime:
        """The instant by which the occurrence of ``due`` must have succeeded.

        A local time that the clocks skip is the end of the gap; one that they show twice is the
        first: as schedules have it.
        """
        if self.at is None:
            return due + self.after
        day = datetime.combine(due.astimezone(zone).date(), self.at)
        first = day if first_instant(zone, day) > due else day + DAY
        return first_instant(zone, first + self.days * DAY)


@lru_cache(maxsize=1024)
def parse_deadline(text: str) -> Deadline:
    """Raises ScheduleError."""
    written = text.replace(" ", "").lower()
    if local := _LOCAL.fullmatch(written):
        hour, minute, days = local.groups()
        return Deadline(at=time(int(hour), int(minute)), days=int(days or 0))
    try:
        return Deadline(after=read_duration(written))
    except ScheduleError:
        raise ScheduleError(RULE, field="must_succeed_by") from None
