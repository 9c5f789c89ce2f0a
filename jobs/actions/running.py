"""Run now, and rerun: occurrences that people make."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access.actor import Actor
from jobs.dispatch.occurrences import make_run, write_runs
from jobs.dispatch.params import check_params
from jobs.dispatch.publish import BrokerUnavailable, publish_runs
from jobs.errors import DomainError
from jobs.models import Job, JobState, Run, RunState, Trigger

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunNow:
    """The run, whether this call made it, and why it has not been sent to a worker yet, if it has not."""

    run: Run
    created: bool
    note: str = ""


def run_now(
    job: Job,
    *,
    actor: Actor,
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
    note = _publish(run, now) if created else ""
    run.refresh_from_db()
    logger.info("run asked for", extra={"run_id": str(run.id), "job": job.name, "actor": actor.name})
    return RunNow(run, created, note)


def rerun(run: Run, *, actor: Actor, now: datetime, params: dict[str, Any] | None = None) -> RunNow:
    """A new run of the same job with the old run's params, or with ``params``; the old one is its parent."""
    own = run.params if params is None else params
    return run_now(run.job, actor=actor, now=now, params=own, trigger=Trigger.RERUN, parent=run)


def _write(
    job: Job, occurrence: str, *, now: datetime, params: dict[str, Any] | None, trigger: Trigger, parent: Run | None
) -> tuple[Run, bool]:
    run = make_run(job, now, now=now, trigger=trigger, key=occurrence, params=params)
    run.parent = parent
    with transaction.atomic():
        JobState.objects.lock(job)
        existing = Run.objects.filter(job=job, occurrence_key=occurrence).first()
        if existing is None:
            write_runs([run], now=now)
    return existing or run, existing is None


def _publish(run: Run, now: datetime) -> str:
    """Send the run's message at once; answers why that was not possible, or nothing."""
    if run.state != RunState.QUEUED:
        return run.reason
    try:
        sent = publish_runs([run.pk], now=now)
    except BrokerUnavailable:
        return "queued; the broker cannot be reached, it is sent when it is back"
    return "" if sent else f"queued; the queue {run.queue} is paused"
