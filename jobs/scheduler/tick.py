"""One turn of the scheduler's loop: plan what is due, publish what is ready, say how long to
sleep.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from jobs import conf
from jobs.database.locks import with_lock_holders
from jobs.dispatch.brokers.gate import BrokerUnavailable, gate
from jobs.dispatch.clock import database_now
from jobs.dispatch.publish import publish_ready
from jobs.outages import Outage
from jobs.scheduler.broker_rest import BrokerRest
from jobs.scheduler.clock_watch import WatchedClock
from jobs.scheduler.direct import Direct
from jobs.scheduler.planner import next_due, plan_due

logger = logging.getLogger(__name__)

ROUNDS = 20  # batches planned before publishing again
PLAN_SECONDS = 0.1  # no more batches after so long: what waits to be published has waited since
NOT_DIRECT_SECONDS = 10  # after a failed send
AT_ONCE_SECONDS = 0.001


class Tick:
    """The loop's memory between turns; every error of the database or the broker ends a turn, never
    the process.
    """

    def __init__(self) -> None:
        self.last_good = time.monotonic()
        self._pause = conf.get().max_sleep_seconds
        self._idle = conf.get().busy_sleep_seconds
        self._broker = BrokerRest()
        self._direct_at = 0.0
        self.clock = WatchedClock()
        self._database = Outage(
            __name__, "scheduler: the database is away", "scheduler: the database is back"
        )

    def run_once(self) -> float:
        """One turn; returns how many seconds to sleep, 0 while more is due."""
        close_old_connections()
        try:
            sleep = self._turn()
        except (DatabaseError, InterfaceError) as error:
            self._database.failed(with_lock_holders(error))
            connection.close()
            return conf.get().max_sleep_seconds
        except Exception:
            # The loop goes on: what is wrong with one row may be over, or mended, at the next turn.
            logger.exception("scheduler: a turn failed")
            return conf.get().max_sleep_seconds
        self._database.worked()
        self.last_good = time.monotonic()
        return sleep

    def _turn(self) -> float:
        due, now = next_due()
        clock = self.clock.look(now)
        is_due = due is not None and due <= now and not clock.is_held
        planned = self._plan(now) if is_due else 0
        pause = self._publish(clock.now)
        if due is None or clock.is_held:
            return pause
        if planned:
            self._idle = conf.get().busy_sleep_seconds
            return min(pause, AT_ONCE_SECONDS)
        return min(pause, self._longer_idle() if is_due else max(0.0, (due - now).total_seconds()))

    def _plan(self, now: datetime) -> int:
        """Plan batches until nothing is due or it is time to publish; returns how many jobs were
        planned.

        Each batch by a look of its own at the clock: the runs of a burst are not all made at its
        beginning.
        """
        is_direct = (
            time.monotonic() >= self._direct_at and self._broker.is_over() and not gate.is_doubtful
        )
        direct = Direct(now) if is_direct else None
        total, until = 0, time.monotonic() + PLAN_SECONDS
        for number in range(ROUNDS):
            planned = plan_due(now=database_now() if number else now, direct=direct)
            total += planned
            if planned < conf.get().plan_batch or time.monotonic() >= until:
                break
        if direct and not direct.is_open:
            self._direct_at = time.monotonic() + NOT_DIRECT_SECONDS
        return total

    def _longer_idle(self) -> float:
        """Somebody holds what is due, for a moment or for long: look less and less often."""
        idle, self._idle = self._idle, min(2 * self._idle, conf.get().max_sleep_seconds)
        return idle

    def _publish(self, now: datetime) -> float:
        """Publish what is ready; returns the longest sleep that keeps up with what is left.

        It doubles while nothing can be published: a slot of a pool that was taken for a moment is
        filled again within as long a moment, and one that is taken for long costs a look a second.
        """
        longest = conf.get().max_sleep_seconds
        if not self._broker.is_over():
            return longest
        try:
            gate.check()
            waited = self._broker.waiting(now)
            published = publish_ready(now=now)
        except BrokerUnavailable as error:
            self._broker.failed(error)
            return longest
        self._broker.worked(waited)
        if published >= conf.get().publish_batch:
            return AT_ONCE_SECONDS  # there may be more
        self._pause = conf.get().busy_sleep_seconds if published else min(2 * self._pause, longest)
        return self._pause
