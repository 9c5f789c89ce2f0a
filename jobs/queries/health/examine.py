"""Running the checks side by side, all of them within one bounded time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import TimeoutError as NotInTime

from jobs.queries.health.bounded import Bounded
from jobs.queries.health.checks.jobs import jobs
from jobs.queries.health.checks.locks import locks
from jobs.queries.health.checks.periodic_tasks import periodic_tasks
from jobs.queries.health.checks.queues import queues
from jobs.queries.health.checks.scheduler import scheduler
from jobs.queries.health.checks.secrets import secrets
from jobs.queries.health.checks.workers import workers
from jobs.queries.health.finding import HealthFinding
from jobs.queries.health.installation.broker import broker
from jobs.queries.health.installation.database import database
from jobs.queries.health.installation.disk import disk
from jobs.queries.health.installation.files import files
from jobs.queries.health.installation.flower import flower
from jobs.queries.health.installation.grpc import grpc
from jobs.queries.health.installation.schedule_files import schedule_files
from jobs.queries.health.installation.task_files import task_files

ANSWER_SECONDS = 3.0
# What a probe asks every few seconds; then what people wrote; then what is asked for by name alone.
PROBED = (database, broker, scheduler, workers, queues, disk)
WHOLE = (*PROBED, files, locks, jobs, secrets, periodic_tasks, task_files, schedule_files)
_BOUNDED = {check.__name__: Bounded(check.__name__, check) for check in (*WHOLE, flower, grpc)}
EVERY_FEW_SECONDS = tuple(check.__name__ for check in PROBED)
BY_DEFAULT = tuple(check.__name__ for check in WHOLE)
CHECKS = tuple(_BOUNDED)


def examine(
    names: Iterable[str] = BY_DEFAULT, *, host: str = "", answer_seconds: float = ANSWER_SECONDS
) -> list[HealthFinding]:
    """The findings of these checks (of CHECKS), in their order, within ``answer_seconds`` in all.

    ``host`` narrows scheduler and workers to the processes of one host.
    """
    begun = [(_BOUNDED[name], _BOUNDED[name].begin(host)) for name in names]
    deadline = time.monotonic() + answer_seconds
    findings: list[HealthFinding] = []
    for bounded, answer in begun:
        try:
            findings += answer.result(max(0.0, deadline - time.monotonic()))
        except NotInTime:
            findings.append(bounded.unanswered(answer_seconds))
    return findings
