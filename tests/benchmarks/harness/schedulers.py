"""The dispatchers that are compared: how each is given its jobs, and how it is started."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.benchmarks.harness.contender import OURS, WINDOW, Contender
from tests.benchmarks.harness.environments import Environment, script
from tests.benchmarks.harness.servers import Servers, our_python
from tests.support.processes import BASE_DIR, PYTHON, Process

FILL = """
import sys
from datetime import UTC, datetime, timedelta
from django.utils import timezone
from jobs.models import Job, JobState
number, due = int(sys.argv[1]), float(sys.argv[2])
seconds, spread = int(sys.argv[3]), int(sys.argv[4])
firsts = [datetime.fromtimestamp(due + n % spread, UTC) for n in range(number)]
every = timedelta(seconds=seconds)
rule = f"@every {seconds}s"
jobs = [Job(name=f"job-{n}", task="EchoTask", schedule=rule, created_at=first - every)
        for n, first in enumerate(firsts)]
Job.objects.bulk_create(jobs, batch_size=1000)
JobState.objects.follow([(job, None) for job in jobs], now=timezone.now())
"""
DAY = 86_400


class Dispatcher(Contender):
    """What turns due jobs into messages."""

    lead: ClassVar[float] = 0.002  # seconds a job that filling may take

    @abstractmethod
    def fill(self, number: int, due: float) -> None:
        """Make ``number`` enabled jobs, each next due at ``due``."""

    @abstractmethod
    def start(self) -> Process:
        """Start one dispatcher."""


class Ours(Dispatcher):
    """``checkout``: the sources, such as an earlier version's with the same tables."""

    keeps = "PostgreSQL: a row for every run"

    def __init__(self, servers: Servers, name: str = OURS, checkout: Path = BASE_DIR) -> None:
        super().__init__(servers)
        self.name, self.checkout = name, checkout

    def fill(self, number: int, due: float, *, every: int = DAY, spread: int = 1) -> None:
        """``spread``: over how many seconds from ``due`` on the jobs are."""
        self.database = self.servers.database()
        words = [str(word) for word in (number, due, every, spread)]
        self.servers.run([*our_python(FILL), *words], self._environment(), "fill")

    def start(self) -> Process:
        command = [PYTHON, "-m", "celery", "-A", "scheduler_site", "beat", "--loglevel=WARNING"]
        return self.servers.start(command, self._environment(), "scheduler", cwd=self.checkout)

    def _environment(self) -> dict[str, str]:
        return self.servers.our_environment(self.database, PUBLISH_WINDOW=str(WINDOW))


class Peer(Dispatcher):
    """A program under ``peers``, with the packages that it needs."""

    program: ClassVar[str]
    packages: ClassVar[Sequence[str]]

    def __init__(self, servers: Servers) -> None:
        super().__init__(servers)
        self.environment = Environment(self.program, *self.packages).make()
        self.file = script(f"{self.program}_site")

    def fill(self, number: int, due: float) -> None:
        self.database = self.servers.empty_database()
        words = ["fill", str(number), str(due)]
        self.servers.run(
            [self.environment.python, str(self.file), *words], self._environment(), "fill"
        )

    def start(self) -> Process:
        command = [
            self.environment.python,
            "-m",
            "celery",
            "-A",
            self.file.stem,
            "beat",
            "--loglevel=WARNING",
        ]
        command += ["--schedule", str(self.servers.folder / "schedule")]
        return self.servers.start(command, self._environment(), self.program)

    def versions(self) -> dict[str, str]:
        return self.environment.versions()

    def _environment(self) -> dict[str, str]:
        return dict(os.environ) | {
            "PYTHONPATH": str(self.file.parent),
            "BROKER": self.servers.redis.url,
            "PGHOST": self.servers.postgres.socket_dir,
            "PGDATABASE": self.database,
        }


class DjangoCeleryBeat(Peer):
    name, keeps = "django-celery-beat", "PostgreSQL: last_run_at, no history"
    program = "beat"
    packages = ("celery[redis]", "django-celery-beat", "django", "psycopg[binary]")


class RedBeat(Peer):
    name, keeps = "RedBeat", "Redis without persistence"
    program = "redbeat"
    packages = ("celery[redis]", "celery-redbeat")


class APScheduler(Peer):
    name, keeps = "APScheduler + Celery", "PostgreSQL: next_run_time, no history"
    lead = 0.006
    program = "apscheduler"
    packages = ("celery[redis]", "apscheduler", "sqlalchemy", "psycopg[binary]")

    def start(self) -> Process:
        return self.servers.start(
            [self.environment.python, str(self.file), "run"], self._environment(), self.program
        )


PEERS: tuple[type[Peer], ...] = (DjangoCeleryBeat, RedBeat, APScheduler)
