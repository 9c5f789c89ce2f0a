"""Run now, and rerun: occurrences that people make."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.dispatch.occurrences import make_run
from jobs.dispatch.params import check_params
from jobs.dispatch.publish import publish_runs
from jobs.errors import DomainError
from jobs.models import Job, Run, Trigger

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunNow:
    """The run, whether its message is out (else it waits for the broker), and whether this call made it."""

    run: Run
    published: bool
    created: bool


def run_now(
    job: Job,
    *,
    actor: str,
    now: datetime,
    params: dict[str, Any] | None = None,
    trigger: Trigger = Trigger.MANUAL,
    key: str | None = None,
    parent: Run | None = None,
) -> RunNow:
    """Run a job once, now, also while it is paused; ``params`` replace the job's own.

    ``key`` makes the call idempotent: the same key of the same job returns the existing run. Raises InvalidParams,
    UnknownTask, or DomainError for an archived job.
    """
    if job.archived_at:
        raise DomainError("an archived job cannot be run", field="archived_at")
    check_params(job.task, job.params if params is None else params)
    occurrence = f"a:{key}" if key else f"m:{uuid.uuid4()}"
    run, created = _write(job, occurrence, now=now, params=params, trigger=trigger, parent=parent)
    published = publish_runs([run.pk], now=now) if created else run.publish_count > 0
    run.refresh_from_db()
    logger.info("run asked for", extra={"run_id": str(run.id), "job": job.name, "actor": actor})
    return RunNow(run, published, created)


def rerun(run: Run, *, actor: str, now: datetime, params: dict[str, Any] | None = None) -> RunNow:
    """A new run of the same job with the old run's params, or with ``params``; the old one is its parent."""
    own = run.params if params is None else params
    return run_now(run.job, actor=actor, now=now, params=own, trigger=Trigger.RERUN, parent=run)


def _write(
    job: Job, occurrence: str, *, now: datetime, params: dict[str, Any] | None, trigger: Trigger, parent: Run | None
) -> tuple[Run, bool]:
    run = make_run(job, now, now=now, trigger=trigger, key=occurrence, params=params)
    run.parent = parent
    with transaction.atomic():
        Run.objects.bulk_create([run], ignore_conflicts=True)
        stored = Run.objects.get(job=job, occurrence_key=occurrence)
    return stored, stored.pk == run.pk
