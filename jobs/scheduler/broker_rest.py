"""How often the loop tries a broker that is away, and what it says of it."""

from __future__ import annotations

import random
import time
from datetime import datetime

from jobs import conf
from jobs.dispatch.brokers.gate import BrokerUnavailable
from jobs.models import Run
from jobs.outages import Outage

COUNTED = 10_000


class BrokerRest:
    """Twice as long a rest after each attempt that cost the broker something, up to
    ``broker_rest_seconds``.

    Where nobody listens at all an attempt costs nothing: there the next turn tries again.
    """

    def __init__(self) -> None:
        self._outage = Outage(
            "jobs.scheduler.tick",
            "scheduler: the broker is away, due runs wait in the database",
            "scheduler: the broker is back",
        )
        self._rest = 0.0
        self._until = 0.0

    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def failed(self, error: BrokerUnavailable) -> None:
        self._outage.failed(error)
        numbers = conf.get()
        self._rest = min(
            max(2 * self._rest, numbers.max_sleep_seconds), numbers.broker_rest_seconds
        )
        if not error.nobody_listens:
            self._until = time.monotonic() + self._rest * random.uniform(0.5, 1.0)

    def waiting(self, now: datetime) -> int:
        """How many runs wait for it, as far as they are counted; none while it is there."""
        return Run.objects.ready(now)[:COUNTED].count() if self._outage.is_on else 0

    def worked(self, waited: int) -> None:
        more = "" if waited < COUNTED else "at least "
        self._outage.worked(f"{more}{waited:,} run{'' if waited == 1 else 's'} waited")
        self._rest = self._until = 0.0
