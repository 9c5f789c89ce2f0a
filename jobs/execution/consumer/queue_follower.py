"""Makes a worker that was started without -Q consume every queue that a job names, new ones within a few seconds."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import bootsteps
from django.db import Error

from jobs import conf
from jobs.execution.consumer.bootsteps import QUEUES_CHOSEN
from jobs.execution.outcome.capture import THREAD_PREFIX
from jobs.execution.sidecar.asking import from_database
from jobs.execution.sidecar.process import QUEUES
from jobs.lifecycle.connections import LIFECYCLE
from jobs.models import Job
from jobs.outages import Outage


class QueueFollower(bootsteps.StartStopStep):
    """A thread reads the names; the event loop, which owns the consumer, adds them."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.timer: Any = None
        self.watch: Watch | None = None

    def include_if(self, consumer: Any) -> bool:
        """With -Q or -X the operator has chosen the queues."""
        return not getattr(consumer.controller, QUEUES_CHOSEN, False)

    def start(self, consumer: Any) -> None:
        """Called at every (re)connection to the broker."""
        self.watch = Watch()
        self.watch.start()
        self.timer = consumer.timer.call_repeatedly(conf.get().queue_watch_seconds, self.add_missing, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self.watch:
            self.watch.stopped.set()
        if self.timer:
            self.timer.cancel()

    def add_missing(self, consumer: Any) -> None:
        for name in sorted(self.watch.names if self.watch else ()):
            if not consumer.task_consumer.consuming_from(name):
                consumer.add_task_queue(consumer.app.amqp.queues[name].name)  # made here as the publisher makes it


class Watch(threading.Thread):
    """Keeps ``names`` up to date."""

    def __init__(self) -> None:
        super().__init__(name=f"{THREAD_PREFIX}queues", daemon=True)
        self.stopped = threading.Event()
        self.names: frozenset[str] = frozenset()
        self.outage = Outage(__name__, "queues are not read", "queues are read again", level_over=logging.INFO)

    def run(self) -> None:
        while not self.stopped.is_set():
            self.read()
            self.stopped.wait(conf.get().queue_watch_seconds)

    def read(self) -> None:
        try:
            self.names = from_database(queues_in_use, lane=QUEUES)
        except Error as error:
            self.outage.failed(error)
        else:
            self.outage.worked()


def queues_in_use() -> frozenset[str]:
    """The queues that unarchived jobs name."""
    names = Job.objects.using(LIFECYCLE).filter(archived_at=None).values_list("queue", flat=True)
    return frozenset(names.order_by().distinct())
