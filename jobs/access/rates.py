"""So many requests a minute for each caller: counted in Redis for the whole installation, whatever
answers them.

Counting never fails a request and never keeps it waiting: where there is no Redis, or while it is
away, slow or full, each process counts for itself.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from django.conf import settings
from django.core.cache import cache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

from jobs import conf
from jobs.dispatch.brokers.choice import brokers_of, is_sentinel
from jobs.errors import DomainError

logger = logging.getLogger(__name__)

WINDOW = 60
PATIENCE = 0.1  # seconds to connect, and to be answered
PAUSE = 5.0  # seconds until a Redis that did not answer is asked again


class TooManyRequests(DomainError):
    """A caller's requests of this minute are used up."""


@dataclass(frozen=True)
class Rate:
    """How many requests a caller has a minute, how many of this minute's were made, and the seconds
    until the next.
    """

    most: int
    used: int
    resets_in: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.most

    @property
    def left(self) -> int:
        return max(0, self.most - self.used)

    def require(self) -> None:
        """Raise TooManyRequests where they are used up."""
        if self.is_exceeded:
            hint = f"try again in {self.resets_in} seconds"
            raise TooManyRequests(f"more than {self.most:,} requests in a minute", hint=hint)


def count_request(who: str, *, now: float) -> Rate | None:
    """Count one more of this caller's; None where there is no limit.

    ``now`` in seconds since 1970.
    """
    return _count(f"rate:{sha256(who.encode()).hexdigest()}", conf.get().api_rate_per_minute, now)


def count_login(address: str, *, now: float) -> Rate | None:
    """Count one more try to sign in from this address's network, before a password is looked at:
    that costs a second.

    A whole /64 of IPv6 counts as one address, as one machine may have all of it.
    """
    return _count(f"login:{_network_of(address)}", conf.get().login_rate_per_minute, now)


def _network_of(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def _count(what: str, most: int, now: float) -> Rate | None:
    if not most:
        return None
    key = f"beatwright:{what}:{int(now // WINDOW)}"
    url = conf.get().rates_redis_url
    counts = (shared.count(key) for shared in _shared(url)) if url else iter(())
    used = next((count for count in counts if count is not None), None)
    return Rate(most, _count_here(key) if used is None else used, int(WINDOW - now % WINDOW) + 1)


class SharedCounts:
    """Counts that all processes share, in one Redis; ``pause`` is how long it is left alone.

    ``url`` as redis-py writes it, or sentinels as kombu writes them.
    """

    def __init__(self, url: str, *, pause: float = PAUSE) -> None:
        self._redis = _client(url)
        self._pause = pause
        self._is_away = False
        self._ask_again_at = 0.0

    def count(self, key: str) -> int | None:
        """One more under this key; None while Redis is away."""
        now = time.monotonic()
        if now < self._ask_again_at:
            return None
        if self._is_away:
            # This request asks, the others do not wait for what it hears.
            self._ask_again_at = now + self._pause
        try:
            used = self._incremented(key)
        except (RedisError, OSError) as error:
            self._leave_alone(error)
            return None
        self._is_away, self._ask_again_at = False, 0.0
        return used

    def _incremented(self, key: str) -> int:
        with self._redis.pipeline(transaction=False) as both:
            both.incr(key)
            both.expire(key, 2 * WINDOW)
            used, _ = both.execute()
        return int(used)

    def _leave_alone(self, error: Exception) -> None:
        if not self._is_away:
            logger.warning(
                "requests are counted by each process, as Redis does not answer: %s", error
            )
        self._is_away, self._ask_again_at = True, time.monotonic() + self._pause


def _client(url: str) -> redis.Redis:
    patience: dict[str, Any] = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    patience["retry"] = Retry(NoBackoff(), 0)
    if not is_sentinel(url):
        return redis.Redis.from_url(url, **patience)
    parts, options = (
        [urlsplit(part) for part in url.split(";")],
        settings.CELERY_BROKER_TRANSPORT_OPTIONS,
    )
    there: Any = Sentinel(  # type: ignore[no-untyped-call]  # redis-py has no hints there
        [(part.hostname or "127.0.0.1", part.port or 26379) for part in parts],
        sentinel_kwargs=patience | (options.get("sentinel_kwargs") or {}),
    )
    login = {"username": parts[0].username and unquote(parts[0].username)}
    login["password"] = parts[0].password and unquote(parts[0].password)
    database = int(parts[-1].path.strip("/") or parts[0].path.strip("/") or 0)
    master: redis.Redis = there.master_for(options["master_name"], db=database, **login, **patience)
    return master


@lru_cache(maxsize=4)
def _shared(url: str) -> list[SharedCounts]:
    """One for each Redis of the list: the first that answers counts."""
    return [SharedCounts(one) for one in brokers_of(url)]


def _count_here(key: str) -> int:
    if cache.add(key, 1, 2 * WINDOW):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        return 1  # forgotten in between, as the cache holds only so many callers
