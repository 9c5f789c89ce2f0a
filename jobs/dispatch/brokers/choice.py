"""Which of several brokers is in use: the first of the list that answers, for every process alike.

Celery lets each connection find its own way through a failover list, so that a scheduler may send
to one server while the workers listen at another. Here every process asks the same question of the
same list, now and then anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from amqp.exceptions import AMQPError
from celery import Celery
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
PATIENCE_SECONDS = 0.5
REDIS = (
    "redis",
    "rediss",
    "redis+socket",
    "valkey",
    "valkeys",
    "valkey+socket",
    "sentinel",
    "sentinels",
)
RABBITMQ = ("amqp", "amqps", "pyamqp")
# What a broker refuses although it is there, such as a Redis that is full, kombu hands on as the
# client raised it.
BROKER_ERRORS = (KombuError, OSError, RedisError, AMQPError)


def brokers_of(url: str) -> tuple[str, ...]:
    """The brokers of a list, each in one URL.

    Sentinels are one broker together: they tell which Redis it is.
    """
    urls = tuple(part.strip() for part in url.split(";") if part.strip())
    return (";".join(urls),) if urls and is_sentinel(urls[0]) else urls


def is_redis(url: str) -> bool:
    return url.partition("://")[0] in REDIS


def is_rabbitmq(url: str) -> bool:
    return url.partition("://")[0] in RABBITMQ


def is_sentinel(url: str) -> bool:
    return url.startswith("sentinel")


class Choice:
    """The brokers of one list, and which of them is in use. One for all threads of a process."""

    def __init__(self, urls: Sequence[str], connection: Callable[[str], Connection]) -> None:
        self.urls = tuple(urls)
        self._connection = connection
        self.found = self.urls[0]  # at the last look
        self._look_at = 0.0
        self._lock = threading.Lock()

    def current(self) -> str:
        """The URL in use; where there are several, looked for anew every few seconds and after a
        failure.

        While somebody looks, the others go on with what was found before. Where none answers, it
        stays as it was.
        """
        if (
            len(self.urls) > 1
            and time.monotonic() >= self._look_at
            and self._lock.acquire(blocking=False)
        ):
            try:
                self._look()
            finally:
                self._lock.release()
        return self.found

    def in_order(self) -> str:
        """The list with the one in use in front, as kombu takes it."""
        current = self.current()
        return ";".join([current, *(url for url in self.urls if url != current)])

    def doubt(self) -> None:
        """Look anew at the next call: the one in use has just failed somebody."""
        self._look_at = 0.0

    def answering(self) -> list[str]:
        """Those that answer now; asks each of them."""
        return [url for url in self.urls if self._answers(url)]

    def _look(self) -> None:
        found = next((url for url in self.urls if self._answers(url)), self.found)
        if found != self.found:
            logger.warning(
                "another broker of the list is in use now: the %d. of them",
                self.urls.index(found) + 1,
            )
        self.found, self._look_at = found, time.monotonic() + LOOK_SECONDS

    def _answers(self, url: str) -> bool:
        try:
            with self._connection(url) as connection:
                _ = connection.default_channel  # asking for it connects
        except BROKER_ERRORS:
            return False
        return True


def impatient(
    app: Celery, url: str, seconds: float = PATIENCE_SECONDS, **more: float
) -> Connection:
    """A connection to this one broker that fails at once where it is away, instead of reconnecting
    for seconds.

    ``more`` are transport options of Redis's.
    """
    options = {"max_retries": 0} | (
        {"socket_connect_timeout": seconds, **more} if is_redis(url) else {}
    )
    return app.connection_for_write(url, connect_timeout=seconds, transport_options=options)


_choices: WeakKeyDictionary[Celery, Choice] = WeakKeyDictionary()


def choice_of(app: Celery) -> Choice:
    """The app's brokers; the same object each time."""
    itself: Celery = getattr(app, "_get_current_object", lambda: app)()  # behind ``current_app``
    if itself not in _choices:
        _choices[itself] = Choice(
            brokers_of(itself.conf.broker_write_url), partial(impatient, itself)
        )
    return _choices[itself]


class App(Celery):
    """A Celery app whose every connection begins with the broker in use: events, control, producers
    and consumers.

    And whose task messages are sealed.
    """

    amqp_cls = "jobs.dispatch.brokers.amqp:SealingAMQP"
    _pooled: str = ""

    def connection_for_read(self, url: str | None = None, **kwargs: Any) -> Connection:
        return super().connection_for_read(url or choice_of(self).in_order(), **kwargs)

    def connection_for_write(self, url: str | None = None, **kwargs: Any) -> Connection:
        return super().connection_for_write(url or choice_of(self).in_order(), **kwargs)

    def connection(self, hostname: str | None = None, *args: Any, **kwargs: Any) -> Connection:
        return super().connection(hostname or choice_of(self).in_order(), *args, **kwargs)

    @property
    def pool(self) -> Any:
        self._follow()
        return super().pool

    @property
    def producer_pool(self) -> Any:
        self._follow()
        return super().producer_pool

    def _follow(self) -> None:
        """Forget pools whose connections lead to a broker that is no longer in use, as Celery does
        after a fork.
        """
        current = choice_of(self).current()
        if self._pooled not in {"", current}:
            self._pool = None
            vars(self.amqp)["_producer_pool"] = None
        self._pooled = current
