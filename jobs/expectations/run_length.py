"""How long a run may take at most, or must take at least: ``30m``, or ``2x p95``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from jobs.errors import ScheduleError
from jobs.schedules.interval import read_duration

RULE = "must be a duration such as 30m, or a multiple of the 95th percentile such as 2x p95"
_TIMES = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)[x×]p95", re.ASCII)


@dataclass(frozen=True)
class RunLength:
    """A fixed ``span``, or so many ``times`` the 95th percentile of the job's recent successes."""

    span: timedelta = timedelta(0)
    times: float = 0

    def in_seconds(self, p95_ms: int | None) -> float | None:
        """None for a multiple of what is not known yet."""
        if not self.times:
            return self.span.total_seconds()
        return None if p95_ms is None else self.times * p95_ms / 1000


@lru_cache(maxsize=1024)
def parse_run_length(text: str) -> RunLength:
    """Raises ScheduleError."""
    written = text.replace(" ", "").lower()
    if (multiple := _TIMES.fullmatch(written)) and float(multiple[1]):
        return RunLength(times=float(multiple[1]))
    try:
        return RunLength(read_duration(written))
    except ScheduleError:
        raise ScheduleError(RULE) from None
