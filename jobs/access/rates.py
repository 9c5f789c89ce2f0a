"""So many requests a minute for each caller: counted in Redis for the whole installation, whatever answers them.

Counting never fails a request and never keeps it waiting: where there is no Redis, or while it is away, slow or full,
each process counts for itself.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import redis
from django.conf import settings
from django.core.cache import cache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from jobs.errors import DomainError

logger = logging.getLogger(__name__)

WINDOW = 60
PATIENCE = 0.1  # seconds to connect, and to be answered
PAUSE = 5.0  # seconds until a Redis that did not answer is asked again


class TooManyRequests(DomainError):
    """A caller's requests of this minute are used up."""


@dataclass(frozen=True)
class Rate:
    """How many requests a caller has a minute, how many of this minute's were made, and the seconds until the next."""

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
            hint = f"come back in {self.resets_in} seconds"
            raise TooManyRequests(f"more than {self.most:,} requests in a minute", hint=hint)


def count_request(who: str, *, now: float) -> Rate | None:
    """Count one more of this caller's; None where there is no limit. ``now`` in seconds since 1970."""
    most = settings.API_RATE_PER_MINUTE
    if not most:
        return None
    key = f"beatwright:rate:{sha256(who.encode()).hexdigest()}:{int(now // WINDOW)}"
    url = settings.RATES_REDIS_URL
    used = _shared(url).count(key) if url else None
    return Rate(most, _count_here(key) if used is None else used, int(WINDOW - now % WINDOW) + 1)


class SharedCounts:
    """Counts that all processes share. ``url`` as redis-py writes it; ``pause`` is how long Redis is left alone."""

    def __init__(self, url: str, *, pause: float = PAUSE) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._pause = pause
        self._is_away = False
        self._ask_again_at = 0.0

    def count(self, key: str) -> int | None:
        """One more under this key; None while Redis is away."""
        now = time.monotonic()
        if now < self._ask_again_at:
            return None
        if self._is_away:
            self._ask_again_at = now + self._pause  # this request asks, the others do not wait for what it hears
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
            logger.warning("requests are counted by each process, as Redis does not answer: %s", error)
        self._is_away, self._ask_again_at = True, time.monotonic() + self._pause


@lru_cache(maxsize=4)
def _shared(url: str) -> SharedCounts:
    return SharedCounts(url)


def _count_here(key: str) -> int:
    if cache.add(key, 1, 2 * WINDOW):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        return 1  # forgotten in between, as the cache holds only so many callers
