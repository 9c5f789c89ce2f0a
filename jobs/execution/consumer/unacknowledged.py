"""Says in the broker that messages which this worker has taken, and no pool child has begun, are in
living hands.

Redis itself keeps a message that a dead worker had taken for an hour. The reconcile sweep does not
wait for that: a run's message that nobody has held on to for ``held_seconds`` counts as lost. Redis
alone; RabbitMQ sees its consumers.
"""

from __future__ import annotations

from typing import Any

from celery import bootsteps

from jobs import conf
from jobs.dispatch.brokers.broker import Broker, hold
from jobs.execution.consumer import sparing


class Holding(bootsteps.StartStopStep):
    """A timer of the event loop, so that a worker whose loop stands still holds on to nothing."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.timer: Any = None
        sparing.install()  # now: a start comes after the consumer's first connection

    def include_if(self, consumer: Any) -> bool:
        return Broker(consumer.app).is_redis

    def start(self, consumer: Any) -> None:
        """Called at every (re)connection to the broker."""
        every = conf.get().holding_seconds
        self.timer = consumer.timer.call_repeatedly(every, self.hold_on, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self.timer:
            self.timer.cancel()

    def hold_on(self, consumer: Any) -> None:
        """Errors of the connection are the event loop's to meet: it reconnects."""
        channel = consumer.task_consumer.channel
        channel.qos.record()
        taken = set(channel.qos._delivered) - channel.qos._dirty
        if taken:
            hold(channel, taken)
