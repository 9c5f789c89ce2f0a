"""Notices a dead pool child at once. Celery itself looks every five seconds."""

from __future__ import annotations

from typing import Any

from celery import bootsteps

LOOK_SECONDS = 0.5


class PoolWatch(bootsteps.StartStopStep):
    """A timer of the event loop: only the main thread may fork the child's successor."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.timer: Any = None

    def start(self, consumer: Any) -> None:
        """Called at every (re)connection to the broker."""
        self.timer = consumer.timer.call_repeatedly(LOOK_SECONDS, consumer.pool.maintain_pool)

    def stop(self, consumer: Any) -> None:
        if self.timer:
            self.timer.cancel()
