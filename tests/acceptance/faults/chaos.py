"""What the soak does to a site: one fault after another, at random, each undone before the next or
soon after.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable

from tests.acceptance.faults.naps import send_all
from tests.acceptance.faults.site import FaultSite
from tests.support.postgres import PostgresServer
from tests.support.processes import Process

SCHEDULERS, WORKERS = 2, 2


class Chaos:
    """Two schedulers and two workers, and everything that may befall them; ``done`` counts what
    did.
    """

    def __init__(self, site: FaultSite, dice: random.Random, server: PostgresServer | None) -> None:
        self.site, self.dice, self.server = site, dice, server
        self.schedulers = [site.scheduler() for _ in range(SCHEDULERS)]
        self.workers = [self._worker() for _ in range(WORKERS)]
        self.done: Counter[str] = Counter()

    def strike(self) -> None:
        """One fault, chosen at random."""
        faults: list[Callable[[], None]] = [
            self.kill_scheduler, self.kill_worker, self.kill_child, self.stop_worker,
            self.freeze_worker,
            self.freeze_scheduler, self.kill_redis, self.flush_redis, self.drop_unacked,
            self.fill_redis,
            self.stop_database,
        ]  # fmt: skip
        fault = self.dice.choice(faults)
        self.done[fault.__name__] += 1
        fault()

    def died_by_themselves(self) -> int:
        """How many of those that should be running are not."""
        return sum(not process.is_running for process in [*self.schedulers, *self.workers])

    def kill_scheduler(self) -> None:
        victim = self.dice.randrange(SCHEDULERS)
        self.schedulers[victim].kill9()
        self.schedulers[victim] = self.site.scheduler()

    def kill_worker(self) -> None:
        victim = self.dice.randrange(WORKERS)
        self.workers[victim].kill_all()
        self.workers[victim] = self._worker()

    def kill_child(self) -> None:
        if children := self.dice.choice(self.workers).pool():
            send_all([self.dice.choice(children)], signal.SIGKILL)

    def stop_worker(self) -> None:
        victim = self.dice.randrange(WORKERS)
        self.workers[victim].send(signal.SIGTERM)
        self.workers[victim] = self._worker()

    def freeze_worker(self) -> None:
        self._freeze(self.dice.choice(self.workers))

    def freeze_scheduler(self) -> None:
        self._freeze(self.dice.choice(self.schedulers))

    def kill_redis(self) -> None:
        self.site.redis.kill9()
        time.sleep(self.dice.uniform(0, 3))
        self.site.redis.start()

    def flush_redis(self) -> None:
        self.site.redis.flush()

    def drop_unacked(self) -> None:
        with self.site.redis.client() as client:
            client.delete("unacked", "unacked_index")

    def fill_redis(self) -> None:
        with self.site.redis.client() as client:
            client.config_set("maxmemory", 1)
            time.sleep(self.dice.uniform(0.5, 3))
            client.config_set("maxmemory", 0)

    def stop_database(self) -> None:
        if self.server is None:
            lock_sqlite(self.site, self.dice.uniform(0.5, 3))
            return
        self.server.stop()
        time.sleep(self.dice.uniform(0.5, 3))
        self.server.start()

    def _worker(self) -> Process:
        return self.site.worker("--concurrency=3", wait=False)

    def _freeze(self, process: Process) -> None:
        with self.site.frozen(process.members()):
            time.sleep(self.dice.uniform(0.5, 6))


def lock_sqlite(site: FaultSite, seconds: float) -> None:
    """Hold the write lock of the site's file for so long."""
    connection = sqlite3.connect(
        site.data_dir / "beatwright.sqlite3", timeout=30, isolation_level=None
    )
    connection.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    connection.execute("ROLLBACK")
    connection.close()
