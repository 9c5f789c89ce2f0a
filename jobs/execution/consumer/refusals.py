"""Refusing messages: counted for the worker's row, said once a minute, acknowledged, told to
whoever listens.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

from jobs import conf
from jobs.dispatch.brokers.amqp import message_keys
from jobs.dispatch.messages.wire import claims_to_be_run, unwrapped
from jobs.execution.consumer.entrance import Entrance, Refusal

QUIET_SECONDS, LONGEST = 60.0, 500
logger = logging.getLogger(__name__)


class Refusals:
    """How many this process has refused since it started, and what the last one was.

    Of each kind a line a minute is logged: whoever can write to the broker must not fill the log.
    """

    def __init__(self) -> None:
        self.total, self.last = 0, ""
        self._said_at: dict[str, float] = {}
        self._unsaid: Counter[str] = Counter()

    def note(self, refusal: Refusal, *, now: float) -> None:
        """``now`` is monotonic."""
        self.total += 1
        self.last = refusal.told[:LONGEST]
        if now - self._said_at.get(refusal.kind, -QUIET_SECONDS) < QUIET_SECONDS:
            self._unsaid[refusal.kind] += 1
            return
        self._said_at[refusal.kind] = now
        unsaid = self._unsaid.pop(refusal.kind, 0)
        more = f", {unsaid:,} like it since the last line" if unsaid else ""
        logger.error("message refused (number %d%s): %s", self.total, more, refusal.told)


refusals = Refusals()


class Doorkeeper:
    """Stands before what a consumer does with a message."""

    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer
        self.entrance = Entrance(message_keys(), tuple(conf.get().plain_tasks))

    def lets_in(self, message: Any) -> bool:
        """Whether Celery may have it, a run by its task's name; otherwise it is acknowledged.

        Raises what a body raises that cannot be read.
        """
        refusal = self.entrance.refusal_of(message, self.consumer.app.amqp.queues.consume_from)
        if refusal is None:
            if claims_to_be_run(message.headers):
                message.headers = unwrapped(message.headers)
            return True
        refusals.note(refusal, now=time.monotonic())
        message.ack_log_error(logger, self.consumer.connection_errors)
        if refusal.task_id:
            self._tell(refusal.task_id)
        return False

    def _tell(self, task_id: str) -> None:
        """Flower shows it as revoked.

        No row is written: whoever can write to the broker could fill the table.
        """
        dispatcher = self.consumer.event_dispatcher
        if dispatcher and dispatcher.enabled:
            dispatcher.send(
                "task-revoked", uuid=task_id[:255], terminated=False, signum=None, expired=False
            )
