"""Notices a dead pool child at once. Celery itself looks every five seconds.

And it ends if one died while the worker started; here that takes all of them, since a dead one is replaced.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import bootsteps

LOOK_SECONDS = 0.5


class PoolWatch(bootsteps.StartStopStep):
    """A timer of the event loop: only the main thread may fork the child's successor."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.timer: Any = None
        if hasattr(consumer.pool, "did_start_ok"):
            consumer.pool.did_start_ok = partial(_some_live, consumer.pool, consumer.pool.did_start_ok)

    def start(self, consumer: Any) -> None:
        """Called at every (re)connection to the broker."""
        self.timer = consumer.timer.call_repeatedly(LOOK_SECONDS, consumer.pool.maintain_pool)

    def stop(self, consumer: Any) -> None:
        if self.timer:
            self.timer.cancel()


def _some_live(pool: Any, celerys_own: Any) -> bool:
    """Whether the pool has started: ``celerys_own`` asks that nobody has died, and forgets those who have."""
    return bool(celerys_own() or pool._pool._pool)
