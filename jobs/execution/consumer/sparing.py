"""Taking a run's message costs Redis one command instead of five: what stays in our hands is noted.

kombu notes each message that it takes in two keys, and takes both notes back once a pool child has
begun, a few milliseconds later. A run needs no such note: the database knows whether it has begun,
and the reconcile sweep finds a published run whose message is nowhere. What no pool child takes up
for a while is noted by ``record``, so that the sweep leaves it to the living worker that has it.
Plain tasks, whom nobody else would look for, are kombu's as ever.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from kombu.transport.virtual import QoS as InMemory

from jobs.dispatch.messages.wire import is_of_run


class SparingQoS(redis.QoS):
    """``unrecorded`` are the tags of the messages that Redis does not know to be in our hands."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.unrecorded: set[str] = set()

    def append(self, message: Any, delivery_tag: str) -> None:
        if is_of_run(message.headers):
            self.unrecorded.add(delivery_tag)
            InMemory.append(self, message, delivery_tag)
        else:
            super().append(message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        if delivery_tag in self.unrecorded:
            self.unrecorded.discard(delivery_tag)
            InMemory.ack(self, delivery_tag)
        else:
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        self._record(delivery_tag)
        super().reject(delivery_tag, requeue=requeue)

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        """kombu moves a message from its notes to its queue in one transaction: it has to be
        noted.
        """
        self._record(tag)
        super().restore_by_tag(tag, client=client, leftmost=leftmost)

    def record(self) -> None:
        """Note in Redis what is still in our hands, as kombu does."""
        for tag in list(self.unrecorded):
            self._record(tag)

    def _record(self, tag: str) -> None:
        if tag in self.unrecorded:
            super().append(self.get(tag), tag)
            self.unrecorded.discard(tag)


def install() -> None:
    """For all channels of this process; Sentinel's are Redis's."""
    redis.Channel.QoS = SparingQoS
