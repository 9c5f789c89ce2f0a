"""Schedulers, workers and Redis killed at random under a steady load, with the numbers that users
have.

How long a run waited is read from outside: from the moment it was due to the moment it was over,
however often its worker or its message was lost in between. The body itself takes a tenth of a
second.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.promises import broken_promises
from tests.support.site import Site

SCHEDULERS, WORKERS, CONCURRENCY = 2, 3, 4
JOBS, EVERY_SECONDS = 60, 2
LONGEST_WAIT_SECONDS = 120
GAP_SECONDS = (2.0, 12.0)
START_SECONDS = 20
BODY_SECONDS = 0.1
CREATE = """
import json
from datetime import datetime
from jobs.models import Job
for number in range({jobs}):
    Job.objects.create(
        name=f"steady-{{number}}", task="Sleep", params={{"seconds": {body}}},
        schedule="*/{every} * * * * *", misfire_policy="all",
        starts_at=datetime.fromisoformat({start!r}), ends_at=datetime.fromisoformat({end!r}),
    )
"""


@dataclass(frozen=True)
class Killed:
    """What was done and what came of it; ``waits`` are seconds from due to over, the longest first.

    ``longest`` says of the run that took longest how often its message was sent and its worker
    lost.
    """

    done: Counter[str]
    expected: int
    states: Counter[str]
    waits: list[float]
    longest: str
    broken: list[str]

    @property
    def said(self) -> list[str]:
        """What is not as promised, at best nothing."""
        late = [wait for wait in self.waits if wait > LONGEST_WAIT_SECONDS]
        return [
            *(
                [f"{self.states} instead of {self.expected:,} that succeeded"]
                if self.is_amiss
                else []
            ),
            *(
                [
                    (
                        f"{len(late)} runs took longer than {LONGEST_WAIT_SECONDS} s, up to "
                        f"{late[0]:.0f} s"
                    )
                ]
                if late
                else []
            ),
            *self.broken,
        ]

    @property
    def is_amiss(self) -> bool:
        return self.states != Counter(succeeded=self.expected)

    def __str__(self) -> str:
        """The figures: kills, runs, and the longest, 99th and middle wait."""
        marks = {"most": 0, "p99": len(self.waits) // 100, "median": len(self.waits) // 2}
        waits = (
            ", ".join(f"{name} {self.waits[place]:.1f} s" for name, place in marks.items())
            if self.waits
            else "-"
        )
        return (
            f"{dict(self.done)}; {dict(self.states)} of {self.expected:,}; from due to "
            f"over: {waits} ({self.longest})"
        )


class Killer:
    """The processes of a site, one of which dies at each strike and is started anew."""

    def __init__(self, site: Site, dice: random.Random) -> None:
        self.site, self.dice, self.done = site, dice, Counter[str]()
        self.schedulers = [site.scheduler() for _ in range(SCHEDULERS)]
        self.workers = [self._worker() for _ in range(WORKERS)]

    def strike(self) -> None:
        fault = self.dice.choice([self._kill_scheduler, self._kill_worker, self._kill_redis])
        self.done[fault.__name__.removeprefix("_kill_")] += 1
        fault()

    def _kill_scheduler(self) -> None:
        victim = self.dice.randrange(SCHEDULERS)
        self.schedulers[victim].kill9()
        self.schedulers[victim] = self.site.scheduler()

    def _kill_worker(self) -> None:
        victim = self.dice.randrange(WORKERS)
        self.workers[victim].kill_all()
        self.workers[victim] = self._worker()

    def _kill_redis(self) -> None:
        self.site.redis.kill9()
        time.sleep(self.dice.uniform(0, 3))
        self.site.redis.start()

    def _worker(self) -> Process:
        return self.site.worker(f"--concurrency={CONCURRENCY}", wait=False)


def kill_at_random(seconds: float, dice: random.Random, database: str) -> Killed:
    """A site under 30 runs a second for so long, one of its processes killed every few seconds."""
    server = PostgresServer() if database == "postgresql" else None
    try:
        with Site(database, postgres=server) as site:
            return _kill(site, seconds, dice)
    finally:
        if server:
            server.close()


def _kill(site: Site, seconds: float, dice: random.Random) -> Killed:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=START_SECONDS)
    end = start + timedelta(seconds=seconds)
    words = {"start": start.isoformat(), "end": end.isoformat()}
    site.python(CREATE.format(jobs=JOBS, body=BODY_SECONDS, every=EVERY_SECONDS, **words))
    killer = Killer(site, dice)
    told = time.monotonic()
    while datetime.now(UTC) < end:
        time.sleep(dice.uniform(*GAP_SECONDS))
        killer.strike()
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(f"{end - datetime.now(UTC)} left: {killer.done}, {_states(site)}", flush=True)
    eventually(
        lambda: not _states(site).keys() & {"blocked", "queued", "running"},
        seconds=2 * LONGEST_WAIT_SECONDS,
    )
    moments = [start.timestamp() + second for second in range(int(seconds) + 1)]
    expected = JOBS * sum(moment % EVERY_SECONDS == 0 for moment in moments)
    waits = _waits(site)
    return Killed(
        killer.done,
        expected,
        _states(site),
        [wait for wait, _ in waits],
        waits[0][1],
        broken_promises(site.python),
    )


def _states(site: Site) -> Counter[str]:
    rows = site.query("SELECT state, count(*) AS n FROM beatwright_run GROUP BY state")
    return Counter({str(row["state"]): int(row["n"]) for row in rows})


def _waits(site: Site) -> list[tuple[float, str]]:
    """Each run's way from due to over, and what befell it meanwhile; the longest first."""
    rows = site.query(
        "SELECT scheduled_for, finished_at, publish_count, losses FROM beatwright_run WHERE "
        "finished_at IS NOT NULL"
    )
    return sorted(map(_wait, rows), reverse=True)


def _wait(row: dict[str, Any]) -> tuple[float, str]:
    wait = (row["finished_at"] - row["scheduled_for"]).total_seconds()
    return wait, f"sent {row['publish_count']} times, {row['losses']} losses"
