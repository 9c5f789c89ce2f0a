"""One turn of the scheduler's loop: plan what is due, publish what is ready, say how long to sleep."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from jobs import conf
from jobs.dispatch.clock import database_now
from jobs.dispatch.publish import BrokerUnavailable, publish_ready
from jobs.scheduler.planner import next_due, plan_due

logger = logging.getLogger(__name__)

ROUNDS = 20  # batches planned before publishing again, so that a large burst starts to flow at once
CLOCK_JUMP = timedelta(seconds=5)


class Tick:
    """The loop's memory between turns; every error of the database or the broker ends a turn, never the process."""

    def __init__(self) -> None:
        self.last_good = time.monotonic()
        self._pause = conf.get().max_sleep_seconds
        self._broker_error = ""
        self._clock: tuple[datetime, float] | None = None

    def run_once(self) -> float:
        """One turn; returns how many seconds to sleep, 0 while more is due."""
        close_old_connections()
        try:
            sleep = self._turn()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("scheduler: the database is away: %s", error)
            connection.close()
            return conf.get().max_sleep_seconds
        self.last_good = time.monotonic()
        return sleep

    def _turn(self) -> float:
        due, now = next_due()
        self._watch_clock(now)
        planned = _plan(now) if due and due <= now else 0
        pause = self._publish(now)
        if planned or due is None:
            return pause if due is None else min(pause, 0.001)
        return min(pause, max(0.0, (due - now).total_seconds()))

    def _publish(self, now: datetime) -> float:
        """Publish what is ready; returns the longest sleep that keeps up with what is left.

        It doubles while nothing can be published: a slot of a pool that was taken for a moment is filled again within
        as long a moment, and one that is taken for long costs a look a second.
        """
        try:
            published = publish_ready(now=now)
        except BrokerUnavailable as error:
            self._note_broker(str(error))
            return conf.get().max_sleep_seconds
        self._note_broker("")
        longest = conf.get().max_sleep_seconds
        self._pause = conf.get().busy_sleep_seconds if published else min(2 * self._pause, longest)
        return self._pause

    def _note_broker(self, error: str) -> None:
        if error and not self._broker_error:
            logger.warning("scheduler: the broker is away, due runs wait in the database: %s", error)
        elif self._broker_error and not error:
            logger.warning("scheduler: the broker is back")
        self._broker_error = error

    def _watch_clock(self, now: datetime) -> None:
        """Say when the database's clock and the monotonic one disagree on how much time has passed."""
        before, self._clock = self._clock, (now, time.monotonic())
        if before:
            jump = (now - before[0]) - timedelta(seconds=self._clock[1] - before[1])
            if abs(jump) > CLOCK_JUMP:
                logger.warning("scheduler: the database's clock jumped by %s", jump)


def _plan(now: datetime) -> int:
    """Plan batches until nothing is due or it is time to publish; returns how many jobs were planned.

    Each batch by a look of its own at the clock: the runs of a burst are not all made at its beginning.
    """
    total = 0
    for number in range(ROUNDS):
        planned = plan_due(now=database_now() if number else now)
        total += planned
        if planned < conf.get().plan_batch:
            break
    return total
