"""Brings a worker back to the broker that everybody uses, where there are several to choose from.

Celery's consumer stays with the broker that it once failed over to, while schedulers send to the
first that answers.
"""

from __future__ import annotations

from typing import Any

from celery import bootsteps

from jobs.dispatch.brokers.choice import choice_of
from jobs.services import Service, ServiceThread

LOOK_SECONDS = 1.0


class BrokerWatch(bootsteps.StartStopStep):
    """A thread asks which broker is in use; the event loop, which owns the connection, gives it up
    for another.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.choice = choice_of(consumer.app)
        self.thread: ServiceThread | None = None
        self.timer: Any = None

    def include_if(self, consumer: Any) -> bool:
        return len(choice_of(consumer.app).urls) > 1

    def start(self, consumer: Any) -> None:
        """Called at every (re)connection."""
        self.thread = ServiceThread("broker", [Service("broker in use", LOOK_SECONDS, self._ask)])
        self.thread.start()
        self.timer = consumer.timer.call_repeatedly(LOOK_SECONDS, self._compare, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self.thread:
            self.thread.stop(0)
        if self.timer:
            self.timer.cancel()

    def _ask(self) -> None:
        self.choice.current()

    def _compare(self, consumer: Any) -> None:
        """Raise what a lost connection raises: the consumer connects anew, to the first of the list
        that answers.
        """
        wanted = consumer.app.connection_for_read(self.choice.found)
        if wanted.as_uri(include_password=True) != consumer.connection.as_uri(
            include_password=True
        ):
            raise ConnectionResetError("another broker of the list is in use now")
