"""How much is looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs import conf


class OutOfTime(Exception):
    """The look took as long as it may."""


@dataclass(frozen=True)
class Scope:
    """From ``since`` (None: the beginning) to ``now``, the database's time, within ``seconds``
    (None: no limit).

    ``margin``: what was due so shortly after its job was made or changed may be meant by the rule
    before or after it.
    """

    now: datetime
    since: datetime | None = None
    seconds: float | None = None
    margin: timedelta = timedelta(seconds=60)
    begun: float = field(default_factory=time.monotonic)

    def check_time(self) -> None:
        """Called between pages; raises OutOfTime."""
        if self.seconds is not None and time.monotonic() - self.begun > self.seconds:
            raise OutOfTime

    def leaseless_after(self) -> timedelta:
        """How long after its lease a run has been found by any sweep that goes on as it should."""
        numbers = conf.get()
        sweeps = numbers.lease_grace_seconds + 2 * numbers.recovery_seconds
        return timedelta(seconds=numbers.lease_seconds + sweeps) + self.margin / 2
