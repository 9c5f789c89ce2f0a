"""Notices a dead pool child at once. Celery itself looks every five seconds.

And it ends if one died while the worker started; here that takes all of them, since a dead one is
replaced.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from celery import bootsteps

from jobs.execution.sidecar.process import sidecar
from jobs.execution.slots import board
from jobs.execution.supervision.orphans import orphans
from jobs.execution.worker import child_turnover

LOOK_SECONDS = 0.5


class PoolWatch(bootsteps.StartStopStep):
    """A timer of the event loop: only the main thread may fork the child's successor."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.timer: Any = None
        if hasattr(consumer.pool, "did_start_ok"):
            consumer.pool.did_start_ok = partial(
                _some_live, consumer.pool, consumer.pool.did_start_ok
            )

    def start(self, consumer: Any) -> None:
        """Called at every (re)connection to the broker; from the first one on there is a pool."""
        self._spare_children_with_messages(consumer.pool._pool)
        child_turnover.attend(consumer.pool, consumer.timer)
        self.timer = consumer.timer.call_repeatedly(LOOK_SECONDS, self.look, (consumer.pool,))

    def look(self, pool: Any) -> None:
        """What only the main thread may do, since it forks; and the sign that it still comes
        round.
        """
        pool.maintain_pool()
        tend(pool)

    def _spare_children_with_messages(self, pool: Any) -> None:
        if hasattr(pool, "_worker_active") and not isinstance(pool._worker_active, partial):
            pool._worker_active = partial(_has_work, pool, pool._worker_active)

    def stop(self, consumer: Any) -> None:
        if self.timer:
            self.timer.cancel()


def tend(pool: Any) -> None:
    """Called by the main thread at each turn, of the event loop or of the wait for a broker that is
    away.
    """
    board.main.loop_at = time.monotonic()
    sidecar.keep()
    orphans.look(getattr(pool, "_pool", None))


def _some_live(pool: Any, celerys_own: Any) -> bool:
    """Whether the pool has started: ``celerys_own`` asks that nobody has died, and forgets those
    who have.
    """
    return bool(celerys_own() or pool._pool._pool)


def _has_work(pool: Any, celerys_own: Any, child: Any) -> bool:
    """Whether a message was handed to the pool child; Celery's own rule forgets those that are on
    their way to it.

    It ends children without work when the pool shrinks: what it forgets would be lost with them.
    """
    on_their_way = (job for job in list(pool._cache.values()) if not job._accepted)
    return bool(celerys_own(child)) or any(
        child in (job._write_to, job._scheduled_for) for job in on_their_way
    )
