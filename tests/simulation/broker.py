"""The broker: queues in memory, as Redis and kombu keep them, with what can become of messages on
the way.

A message that a worker takes is in the worker's memory alone. One that no pool child has accepted
when the worker holds on to what it has lies among the unacknowledged from then on, with the moment
at which somebody last held on to it; whether that still counts the core's own ``held_since``
decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from celery import Celery
from kombu import Producer
from kombu.exceptions import OperationalError as BrokerAway

from jobs.dispatch.brokers import broker as real
from jobs.dispatch.brokers.answering import Consumer
from jobs.dispatch.brokers.levels import TOP, broker_level
from tests.simulation.links import Link
from tests.simulation.world import World

RESTORED_AFTER_SECONDS = 3_600.0  # kombu's visibility timeout, as it is


@dataclass
class Sent:
    """A message: what the core puts in it, and as what a worker's entrance reads it."""

    headers: dict[str, Any]
    queue: str
    priority: int
    body: bytes
    content_type: str
    content_encoding: str

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    @property
    def task_id(self) -> str:
        return str(self.headers["id"])


@dataclass
class Taken:
    """One in a worker's hands, by its delivery tag."""

    sent: Sent
    held_at: float


@dataclass
class Server:
    """What the broker's memory holds; ``gone`` are messages that were sent once, from which doubles
    are made.
    """

    world: World
    waiting: list[Sent] = field(default_factory=list)
    unacked: dict[int, Taken] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    refused_until: float = 0.0
    silent_until: float = 0.0
    tags: int = 0

    def reach(self) -> None:
        """A step of the calling process; raises as kombu does where there is no way."""
        self.world.step()
        process, now = self.world.current, self.world.now
        link = process.links.broker if process else Link()
        if max(self.refused_until, link.refused_until) > now:
            raise BrokerAway("connection refused") from ConnectionRefusedError(
                111, "connection refused"
            )
        if max(self.silent_until, link.silent_until) > now:
            self.world.sleep(5.0)  # the socket's timeout
            raise BrokerAway("timed out") from TimeoutError("timed out")

    def put(self, sent: Sent) -> None:
        self.waiting.append(sent)
        self.sent.append(sent)

    def take(self, queues: Iterable[str]) -> tuple[int, Sent] | None:
        """The first of the best priority; the lower number goes first, as in Redis."""
        self.reach()
        at = self.world.now - RESTORED_AFTER_SECONDS
        for tag in [tag for tag, taken in self.unacked.items() if taken.held_at < at]:
            self.restore(tag)
        ours = [sent for sent in self.waiting if sent.queue in set(queues)]
        if not ours:
            return None
        sent = min(ours, key=lambda one: one.priority)
        self.waiting.remove(sent)
        self.tags += 1
        return self.tags, sent

    def acknowledge(self, tag: int) -> None:
        """Asks for nothing where nothing was noted."""
        if tag in self.unacked:
            self.reach()
            self.unacked.pop(tag, None)
        else:
            self.world.step()

    def hold(self, in_hand: Mapping[int, Sent]) -> None:
        """Note that somebody has these messages, by their tags."""
        self.reach()
        for tag, sent in in_hand.items():
            self.unacked[tag] = Taken(sent, self.world.now)

    def give_back(self, tag: int, sent: Sent) -> None:
        """A worker that lets go of a message notes it first, where it has not yet."""
        self.unacked.setdefault(tag, Taken(sent, self.world.now))
        self.restore(tag)

    def restore(self, tag: int) -> None:
        """Give a message back to its queue, to be the next."""
        if tag in self.unacked:
            self.waiting.insert(0, self.unacked.pop(tag).sent)

    def flush(self) -> None:
        """It lost its memory."""
        self.waiting.clear()
        self.unacked.clear()


class SimulatedBroker:
    """What the core calls: see jobs.dispatch.brokers.broker.MessageBroker."""

    # its messages are kombu's: ready-made ones are compared with these by the integration tests
    is_redis = False

    def __init__(self, app: Celery, server: Server) -> None:
        self.app, self.server = app, server

    @contextmanager
    def batch_producer(self, size: int) -> Iterator[Producer]:
        """All of it goes at the end, or some of it before the connection breaks."""
        batch = Batch()
        yield cast("Producer", batch)
        self.server.reach()
        process = self.server.world.current
        whole = not (process and process.loses_answer)
        count = (
            len(batch.messages)
            if whole or not process
            else process.dice.randint(0, len(batch.messages))
        )
        for sent in batch.messages[:count]:
            self.server.put(sent)
        if process and not whole:
            process.loses_answer = False
            self.server.world.note(f"its batch breaks off after {count} of {len(batch.messages)}")
            raise BrokerAway("connection reset") from ConnectionResetError(104, "connection reset")

    def try_write(self) -> None:
        self.server.reach()

    def priority(self, priority: int) -> int:
        return TOP - broker_level(priority)

    def present(self, queues: Iterable[str]) -> set[str] | None:
        before = self._held()
        self.server.reach()
        wanted = set(queues)
        waiting = {sent.task_id for sent in self.server.waiting if sent.queue in wanted}
        self.server.reach()
        return before | waiting | self._held()

    def consumers(self) -> list[Consumer]:
        """No worker has to answer: all of them are ours, and the database knows them."""
        self.server.reach()
        return []

    def depth(self, queue: str) -> int:
        self.server.reach()
        return sum(sent.queue == queue for sent in self.server.waiting)

    def _held(self) -> set[str]:
        self.server.reach()
        since = real.held_since(self.server.world.now)
        return {
            taken.sent.task_id for taken in self.server.unacked.values() if taken.held_at >= since
        }


class Batch:
    """A producer that keeps what it is given until the batch ends."""

    def __init__(self) -> None:
        self.messages: list[Sent] = []

    def publish(
        self,
        body: bytes,
        *,
        headers: dict[str, Any],
        routing_key: str,
        priority: int,
        content_type: str,
        content_encoding: str,
        **_: Any,
    ) -> None:
        self.messages.append(
            Sent(headers, routing_key, priority, body, content_type, content_encoding)
        )
