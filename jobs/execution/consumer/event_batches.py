"""The events of runs go to monitors ten times a second, together.

Celery gathers those of one turn of its event loop, which with short tasks is one event a message:
received, started, succeeded, each an exchange with the broker, and a third of what a run cost the
main process.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import bootsteps
from kombu.common import ignore_errors

FLUSH_SECONDS = 0.1
MOST = 1_000  # in one message


class EventBatches(bootsteps.StartStopStep):
    """Sets the pace of the consumer's dispatcher, which is another one after each reconnect."""

    requires = ("celery.worker.consumer.events:Events",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self.timer: Any = None

    def start(self, consumer: Any) -> None:
        self.timer = None
        dispatcher = consumer.event_dispatcher
        dispatcher.buffer_limit = MOST
        if dispatcher.on_send_buffered:
            dispatcher.on_send_buffered = partial(self.flush_soon, consumer)

    def flush_soon(self, consumer: Any) -> None:
        if self.timer is None:
            self.timer = consumer.timer.call_after(FLUSH_SECONDS, self.flush, (consumer,))

    def flush(self, consumer: Any) -> None:
        """The dispatcher keeps what a broker that is away did not get, and sends it again."""
        self.timer = None
        if consumer.event_dispatcher:
            consumer.event_dispatcher.flush()

    def stop(self, consumer: Any) -> None:
        if self.timer:
            self.timer.cancel()
            self.timer = None

    def shutdown(self, consumer: Any) -> None:
        ignore_errors(consumer, self.flush, consumer)
