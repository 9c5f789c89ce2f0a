"""A process of its own that sees from outside what a dispatcher does: the lengths of a queue's
lists, every 2 ms.

``python -m tests.benchmarks.harness.watcher '{"port": …}'`` prints what it saw as JSON. It asks
nobody who takes part: no timestamp of the product's is read. With ``dsn``, it also counts the
committed runs now and then, always after it has counted the messages: so a message without a
committed row would be seen as one.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
import redis

POLL_SECONDS = 0.002
ROWS_EVERY_SECONDS = 0.1
SEPARATOR = "\x06\x16"
COUNT = "SELECT count(*) FROM beatwright_run WHERE publish_count > 0"


@dataclass(frozen=True)
class Lookout:
    """What to look at: ``goal`` messages in ``queue``, from ``due`` (seconds since the epoch) for
    at most ``limit``.
    """

    port: int
    goal: int
    due: float
    limit: float
    queue: str = "default"
    dsn: str = ""

    def text(self) -> str:
        return json.dumps(asdict(self))


@dataclass
class Seen:
    """``arrivals``: how many messages there were, from when on. ``rows``: messages, and committed
    runs just after.
    """

    arrivals: list[tuple[float, int]] = field(default_factory=list)
    rows: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> Seen:
        told = json.loads(text)
        return cls(
            [(at, count) for at, count in told["arrivals"]],
            [(sent, rows) for sent, rows in told["rows"]],
        )

    @property
    def count(self) -> int:
        return self.arrivals[-1][1] if self.arrivals else 0

    def first_after(self, due: float) -> float:
        """How many seconds after ``due`` the first message was there."""
        return self.arrivals[0][0] - due

    def rate(self, due: float) -> float:
        """Messages a second, from ``due`` to the last one."""
        return self.count / (self.arrivals[-1][0] - due)

    def without_a_row(self) -> int:
        """The most messages that were ever seen beyond the committed runs."""
        return max((sent - rows for sent, rows in self.rows), default=0)


def watch(what: Lookout) -> Seen:
    seen, keys = Seen(), [what.queue, *(f"{what.queue}{SEPARATOR}{step}" for step in range(1, 10))]
    count_rows = _counter(what.dsn)
    ends, look_at = what.due + what.limit, 0.0
    with redis.Redis(port=what.port) as client:
        while time.time() < ends and (seen.count < what.goal or not seen.arrivals):
            total = _length(client, keys)
            now = time.time()
            if total > seen.count:
                seen.arrivals.append((now, total))
            if what.dsn and total and now >= look_at:
                seen.rows.append((total, count_rows()))
                look_at = now + ROWS_EVERY_SECONDS
            time.sleep(POLL_SECONDS)
        seen.rows.append((seen.count, count_rows())) if what.dsn else None
    return seen


def _length(client: redis.Redis, keys: list[str]) -> int:
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.llen(key)
    return sum(pipeline.execute())


def _counter(dsn: str) -> Any:
    if not dsn:
        return lambda: 0
    connection = psycopg.connect(dsn, autocommit=True)

    def count() -> int:
        row = connection.execute(COUNT).fetchone()
        return int(row[0]) if row else 0

    return count


if __name__ == "__main__":
    print(json.dumps(asdict(watch(Lookout(**json.loads(sys.argv[1]))))))
