"""Who takes messages from which queue, as the workers of a broker answer themselves.

Also those that are none of ours: a broker does not say who takes a message, and a stock Celery
worker writes nothing into our database. Our own workers put a mark on their answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu import Connection

MARK = "beatwright"
ANSWER_SECONDS = 1.0
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Consumer:
    """A worker that has answered. Whoever can write to the broker can make one up."""

    name: str
    queue: str
    is_ours: bool


def marked(queues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a worker of ours answers about the queues that it consumes."""
    return [queue | {MARK: True} for queue in queues]


def consumers_that_answer(app: Celery, connection: Connection) -> list[Consumer]:
    """Ask all workers; waits for ANSWER_SECONDS. Raises what the broker raises when it is away.

    A worker whose remote control is off does not answer, nor does one that is hung.
    """
    control: Any = app.control
    replies = control.broadcast(
        "active_queues", reply=True, timeout=ANSWER_SECONDS, connection=connection
    )
    return [consumer for reply in replies or [] for consumer in _read(reply)]


def _read(reply: Any) -> Iterator[Consumer]:
    """Two workers may have one name, so each reply is read for itself."""
    for name, queues in reply.items() if isinstance(reply, dict) else ():
        for queue in queues if isinstance(queues, list) else ():
            if isinstance(queue, dict):
                shown = str(name)[:LONGEST_NAME]
                yield Consumer(shown, str(queue.get("name")), queue.get(MARK) is True)
