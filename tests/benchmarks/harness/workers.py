"""The workers that are compared: how each gets its messages, how it starts, what it has done."""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path
from typing import Any

from tests.benchmarks.harness.contender import OURS, WINDOW, Contender
from tests.benchmarks.harness.environments import Environment, script
from tests.benchmarks.harness.servers import Servers, our_python
from tests.support import postgres
from tests.support.processes import BASE_DIR, PYTHON, Process

MODULE = "bench_tasks"
TASKS = """
from celery import shared_task

@shared_task(name="noop")
def noop() -> None:
    pass
"""
FILL = """
import sys
from datetime import timedelta
from django.utils import timezone
from jobs.dispatch.publish import publish_ready
from jobs.models import Job, Run
now = timezone.now()
job = Job.objects.create(name="bench", task="noop", schedule="@manual")
due = now - timedelta(seconds=1)
Run.objects.bulk_create([
    Run(job=job, occurrence_key=f"bench:{n}", queue=job.queue, task=job.task,
        created_at=now, scheduled_for=due, available_at=due, rank_at=due)
    for n in range(int(sys.argv[1]))
], batch_size=500)
while publish_ready(now=now):
    pass
"""


class Worker(Contender):
    """One worker with its queue, its database and its broker."""

    @abstractmethod
    def fill(self, number: int) -> None:
        """Put ``number`` messages of no-op tasks into the queue."""

    @abstractmethod
    def start(self, processes: int) -> Process:
        """Start one worker with so many pool children."""

    @abstractmethod
    def done(self) -> int:
        """How many have ended, as the database tells, or the queue where nothing else does."""

    def count(self, sql: Any) -> int:
        with postgres.connect(self.servers.postgres.socket_dir, self.database) as connection:
            row = connection.execute(sql).fetchone()
        return int(row[0]) if row else 0


class Ours(Worker):
    """``checkout``: the sources, such as an earlier version's with the same tables."""

    keeps = "each start and end, with their moves and guards"

    def __init__(self, servers: Servers, name: str = OURS, checkout: Path = BASE_DIR) -> None:
        super().__init__(servers)
        self.name, self.checkout = name, checkout
        (servers.folder / f"{MODULE}.py").write_text(TASKS)

    def fill(self, number: int) -> None:
        self.database = self.servers.database()
        self.servers.run([*our_python(FILL), str(number)], self._environment(), "fill", seconds=600)

    def start(self, processes: int) -> Process:
        command = [
            PYTHON,
            "-m",
            "celery",
            "-A",
            "scheduler_site",
            "worker",
            f"--concurrency={processes}",
        ]
        return self.servers.start(
            [*command, "--loglevel=WARNING"], self._environment(), "worker", cwd=self.checkout
        )

    def done(self) -> int:
        return self.count("SELECT count(*) FROM beatwright_run WHERE finished_at IS NOT NULL")

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join((str(self.servers.folder), str(self.checkout)))
        more = {"PUBLISH_WINDOW": str(WINDOW), "TASK_MODULES": MODULE, "PYTHONPATH": path}
        return self.servers.our_environment(self.database, **more)


class Peer(Worker):
    """Celery in an environment of its own; ``keeps`` is what it is set to store."""

    packages = (
        "celery[redis]",
        "django-celery-beat",
        "django-celery-results",
        "django",
        "psycopg[binary]",
    )

    def __init__(self, servers: Servers) -> None:
        super().__init__(servers)
        self.environment = Environment("results", *self.packages).make()
        self.file = script("results_site")
        self.number = 0

    def fill(self, number: int) -> None:
        self.database, self.number = self.servers.empty_database(), number
        command = [self.environment.python, str(self.file), "fill", str(number)]
        self.servers.run(command, self._environment(), "fill", seconds=600)

    def start(self, processes: int) -> Process:
        command = [self.environment.python, "-m", "celery", "-A", self.file.stem, "worker"]
        command += [f"--concurrency={processes}", "--loglevel=WARNING"]
        return self.servers.start(command, self._environment(), "worker")

    def done(self) -> int:
        return self.count(
            "SELECT count(*) FROM django_celery_results_taskresult WHERE status = 'SUCCESS'"
        )

    def versions(self) -> dict[str, str]:
        return self.environment.versions()

    def _environment(self) -> dict[str, str]:
        return dict(os.environ) | {
            "PYTHONPATH": str(self.file.parent),
            "BROKER": self.servers.redis.url,
            "PGHOST": self.servers.postgres.socket_dir,
            "PGDATABASE": self.database,
            "KEEPS": self.keeps,
        }


class TrackingCelery(Peer):
    name, keeps = "Celery + django-celery-results, track_started", "starts and ends"


class ForgetfulCelery(Peer):
    name, keeps = "Celery without results", "nothing"

    def done(self) -> int:
        """Those whose messages are no longer there."""
        with self.servers.client() as client:
            return self.number - int(client.llen("default")) - int(client.hlen("unacked"))


PEERS: tuple[type[Peer], ...] = (TrackingCelery, ForgetfulCelery)
