"""Makes a worker that was started without -Q consume every queue that a job names, new ones within
a few seconds.
"""

from __future__ import annotations

from typing import Any

from celery import bootsteps

from jobs import conf
from jobs.dispatch.brokers.declared import advice_on
from jobs.dispatch.brokers.gate import QueueRefused
from jobs.execution.consumer.bootsteps import QUEUES_CHOSEN
from jobs.execution.sidecar.asking import from_database
from jobs.execution.sidecar.process import QUEUES
from jobs.isolation import by_itself
from jobs.lifecycle.connections import LIFECYCLE
from jobs.models import Job
from jobs.services import Service, ServiceThread


class QueueFollower(bootsteps.StartStopStep):
    """A thread reads the names; the event loop, which owns the consumer, adds them."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.app = consumer.app
        self.timer: Any = None
        self.names: frozenset[str] = frozenset()
        self.thread: ServiceThread | None = None

    def include_if(self, consumer: Any) -> bool:
        """With -Q or -X the operator has chosen the queues."""
        return not getattr(consumer.controller, QUEUES_CHOSEN, False)

    def start(self, consumer: Any) -> None:
        """Called at every (re)connection to the broker."""
        every = conf.get().queue_watch_seconds
        self.thread = ServiceThread("queues", [Service("queues in use", every, self.read)])
        self.thread.start()
        self.timer = consumer.timer.call_repeatedly(every, self.add_missing, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self.thread:
            self.thread.stop(0)
        if self.timer:
            self.timer.cancel()

    def add_missing(self, consumer: Any) -> None:
        for name in sorted(self.names):
            if not consumer.task_consumer.consuming_from(name):
                # Made here as the publisher makes it.
                consumer.add_task_queue(consumer.app.amqp.queues[name].name)

    def read(self) -> None:
        found = from_database(queues_in_use, lane=QUEUES)
        self.names -= self.names - found
        for name in found - self.names:
            by_itself(name, self._accept, what="queue not consumed")

    def _accept(self, name: str) -> None:
        """On a connection of its own: a queue that the broker refuses would cost the consumer its
        channel.
        """
        if advice := advice_on(self.app, name):
            raise QueueRefused(advice)
        self.names |= {name}


def queues_in_use() -> frozenset[str]:
    """The queues that unarchived jobs name."""
    names = Job.objects.using(LIFECYCLE).filter(archived_at=None).values_list("queue", flat=True)
    return frozenset(names.order_by().distinct())
