"""What differs between brokers: which way priority points, and whether a message can be looked
for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from celery import Celery
from kombu import Connection, Producer, pools
from redis.exceptions import ResponseError

from jobs import conf
from jobs.dispatch.brokers.answering import Consumer, consumers_that_answer
from jobs.dispatch.brokers.choice import BROKER_ERRORS, choice_of, impatient, is_redis
from jobs.dispatch.brokers.levels import TOP, broker_level, priority_at

__all__ = ["BROKER_ERRORS", "Broker", "MessageBroker", "broker_of"]

PROBE_KEY = "beatwright:probe"
PROBE_SECONDS = 60
PAGE = 1000


class MessageBroker(Protocol):
    """What publishing and reconciling ask of a broker; ``Broker`` says what each call does."""

    app: Celery
    is_redis: bool

    def batch_producer(self, size: int) -> AbstractContextManager[Producer]: ...
    def try_write(self) -> None: ...
    def priority(self, priority: int) -> int: ...
    def present(self, queues: Iterable[str]) -> set[str] | None: ...
    def depth(self, queue: str) -> int: ...
    def consumers(self) -> list[Consumer]: ...


def broker_of(app: Celery) -> MessageBroker:
    """The broker of ``app``: a Broker, unless the app names another class, as Celery's own
    ``*_cls`` do.
    """
    made: MessageBroker = getattr(app, "broker_cls", Broker)(app)
    return made


class Broker:
    """The broker of ``app`` that is in use, Redis or RabbitMQ, told apart by the transport's
    name.
    """

    def __init__(self, app: Celery) -> None:
        self.app = app
        self.choice = choice_of(app)
        self.is_redis = is_redis(self.choice.urls[0])

    @contextmanager
    def batch_producer(self, size: int) -> Iterator[Producer]:
        """A pooled producer that sends ``size`` messages at a time, where the broker can.

        It fails at once when the broker is away, instead of reconnecting for seconds.
        """
        with self.producer() as producer:
            whole: Any = producer  # its stubs know no batches
            with whole.batch(size):
                yield producer

    @contextmanager
    def producer(self) -> Iterator[Producer]:
        """The same, sending one by one."""
        with self._doubting():
            pooled: Any = pools.producers[self._impatient()].acquire(block=True)
            with pooled as producer:
                yield producer

    def _impatient(self, url: str = "", **more: float) -> Connection:
        return impatient(
            self.app, url or self.choice.current(), conf.get().broker_wait_seconds, **more
        )

    @contextmanager
    def _doubting(self) -> Iterator[None]:
        """Where the broker in use fails, the next call looks for another one of the list."""
        try:
            yield
        except BROKER_ERRORS:
            self.choice.doubt()
            raise

    def reach(self) -> None:
        """Connect, and raise one of BROKER_ERRORS at once where that fails."""
        with self._doubting(), self._impatient() as connection:
            _ = connection.default_channel  # asking for it connects

    def try_write(self) -> None:
        """Raise what a publish would raise now: Redis may be full, a replica, or unable to write to
        its disk.
        """
        with (
            self._doubting(),
            self._impatient(socket_timeout=conf.get().broker_wait_seconds) as connection,
        ):
            channel: Any = connection.default_channel
            if self.is_redis:
                channel.client.set(PROBE_KEY, "", ex=PROBE_SECONDS)

    def priority(self, priority: int) -> int:
        """A job's priority (larger first) as this broker's: Redis takes the low number first,
        RabbitMQ the high.
        """
        level = broker_level(priority)
        return TOP - level if self.is_redis else level

    def job_priority(self, number: int) -> int:
        """The job's priority that is sent as this number, 0 to 9; one beyond is the nearest."""
        level = min(TOP, max(0, number))
        return priority_at(TOP - level if self.is_redis else level)

    def present(self, queues: Iterable[str]) -> set[str] | None:
        """Task ids of the messages waiting in these queues or held by a living worker; None where
        that is not seen.
        """
        if not self.is_redis:
            return None
        with self.app.connection_for_read() as connection:
            channel: Any = connection.default_channel
            # What workers hold is read first and last, so that a message on its way either way is
            # seen once at least.
            before = set(_ids_held(channel))
            waiting = {
                task_id
                for key in _keys(channel, queues)
                for task_id in _ids_in_list(channel.client, key)
            }
            return before | waiting | set(_ids_held(channel))

    def eviction_policy(self) -> str:
        """Redis's maxmemory-policy; empty for another broker, and where Redis does not let it be
        read.

        Of several that answer, the one of the first that evicts: each of them may be in use
        tomorrow.
        """
        if not self.is_redis:
            return ""
        urls = self.choice.answering() if len(self.choice.urls) > 1 else []
        policies = [self._policy(url) for url in urls or [self.choice.current()]]
        return next(
            (policy for policy in policies if policy and policy != "noeviction"), policies[0]
        )

    def _policy(self, url: str) -> str:
        with self._impatient(url) as connection:
            channel: Any = connection.default_channel
            try:
                return str(
                    channel.client.config_get("maxmemory-policy").get("maxmemory-policy", "")
                )
            except ResponseError:
                return ""

    def depth(self, queue: str) -> int:
        """How many messages wait in ``queue``; 0 where it does not exist."""
        with self.app.connection_for_read() as connection:
            channel: Any = connection.default_channel
            try:
                return int(channel.queue_declare(queue, passive=True).message_count)
            except connection.channel_errors:
                return 0

    def consumers(self) -> list[Consumer]:
        """Who takes messages from which queue, of all workers that answer within a second."""
        with self._doubting(), self._impatient() as connection:
            return consumers_that_answer(self.app, connection)


def _keys(channel: Any, queues: Iterable[str]) -> Iterator[str]:
    return (
        _prefixed(channel, channel._q_for_pri(queue, step))
        for queue in queues
        for step in channel.priority_steps
    )


def _prefixed(channel: Any, key: str) -> str:
    """kombu puts its ``global_keyprefix`` before the keys of its own commands alone, not of those
    used here.
    """
    return f"{channel.global_keyprefix}{key}"


def _ids_in_list(client: Any, key: str) -> Iterator[str]:
    start = 0
    while page := client.lrange(key, start, start + PAGE - 1):
        yield from map(_task_id, page)
        start += PAGE


def hold(channel: Any, tags: Iterable[str]) -> None:
    """Note that the worker which has taken these messages lives, by Redis's clock.

    Over a connection of its own: on the channel's, a worker waits for the next message, and would
    read that as ours.
    """
    with channel.conn_or_acquire() as client:
        client.zadd(channel.unacked_index_key, dict.fromkeys(tags, _now(client)), xx=True)


def _ids_held(channel: Any) -> Iterator[str]:
    """Those that somebody has held on to of late; kombu notes when a message was taken, and
    ``hold`` goes on.
    """
    since = held_since(_now(channel.client))
    held = set(channel.client.zrange(channel.unacked_index_key, since, "+inf", byscore=True))
    for tag, raw in channel.client.hscan_iter(_prefixed(channel, channel.unacked_key), count=PAGE):
        if tag in held:
            yield _task_id(raw)


def held_since(now: float) -> float:
    """A message that was last held before this moment is in nobody's hands; in seconds, as ``now``
    is.
    """
    return now - conf.get().held_seconds


def _now(client: Any) -> float:
    seconds, microseconds = client.time()
    return float(seconds + microseconds / 1e6)


def _task_id(raw: str) -> str:
    """Of a message as it waits, or as a worker holds it: with its exchange and routing key.

    Anything else has none.
    """
    try:
        found = json.loads(raw)
        message = found[0] if isinstance(found, list) else found
        return str(message["headers"]["id"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
