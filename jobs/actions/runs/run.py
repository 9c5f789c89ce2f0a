"""Run now, and rerun: occurrences that people make."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.access.idempotency import mark_of
from jobs.actions.command_rights import require_command
from jobs.actions.masking.masks import keep_params, stay_hidden
from jobs.actions.masking.references import refuse_unfit
from jobs.dispatch.brokers.gate import BrokerUnavailable
from jobs.dispatch.occurrences import make_run, write_runs
from jobs.dispatch.publish import closed_queues, publish_runs
from jobs.errors import DomainError
from jobs.models import Job, JobState, OverlapPolicy, Run, RunState, Trigger
from jobs.params.checks import check_params

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunNow:
    """The run, whether this call made it, and why it has not been sent to a worker yet, if it has
    not.
    """

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
    waits: bool = False,
    message: str = "",
) -> RunNow:
    """Run a job once, now, also while it is paused; ``params`` replace the job's own, whose secrets
    masks stand for.

    ``waits``: queued behind an earlier run that is not finished, whatever the overlap policy; a job
    whose runs may overlap has nobody to wait for. ``key`` makes the call idempotent: the same
    caller's same key of the same job returns the existing run. So does ``message``, which names the
    one of a topic that asks for it, for all callers. Raises InvalidParams, UnknownTask, or
    DomainError for an archived job.
    """
    actor.require("beatwright.run_job", job)
    params = keep_params(params, job.params, actor=actor)
    own = f"a:{mark_of(actor)}:{key}" if key else f"m:{uuid.uuid4()}"
    occurrence = f"k:{message}" if message else own
    return _run(
        job, occurrence, _Order(actor, now, audit.Verb.RUN_NOW, trigger, params, waits=waits)
    )


def rerun(
    run: Run,
    *,
    actor: Actor,
    now: datetime,
    params: dict[str, Any] | None = None,
    key: str | None = None,
) -> RunNow:
    """A new run of the same job with the old run's params, or with ``params``; the old one is its
    parent.

    ``key`` makes the call idempotent: the same caller's same key of the same run returns the
    existing rerun.
    """
    actor.require("beatwright.rerun_run", run.job)
    own = rerun_params(run, params, actor=actor)
    occurrence = f"m:{run.pk}:{mark_of(actor)}:{key}" if key else f"m:{uuid.uuid4()}"
    return _run(
        run.job, occurrence, _Order(actor, now, audit.Verb.RERUN, Trigger.RERUN, own, parent=run)
    )


def rerun_params(run: Run, params: dict[str, Any] | None, *, actor: Actor) -> dict[str, Any]:
    """What a run's rerun gets: the run's own, or ``params``; no secret goes to a task that the job
    has only since.
    """
    moves = run.task != run.job.task
    own: dict[str, Any] = run.params
    if params is None:
        stay_hidden(own, actor=actor, moves=moves)
        return own
    kept: dict[str, Any] = keep_params(params, own, actor=actor, moves=moves)
    return kept


@dataclass(frozen=True)
class _Order:
    """Who wants a run, when, by which verb, and what is particular about it."""

    actor: Actor
    now: datetime
    verb: audit.Verb
    trigger: Trigger
    params: dict[str, Any] | None
    parent: Run | None = None
    waits: bool = False


def _run(job: Job, occurrence: str, order: _Order) -> RunNow:
    if job.archived_at:
        raise DomainError("an archived job cannot be run", field="archived_at")
    require_command(order.actor, job, params=order.params)
    check_params(job.task, job.params if order.params is None else order.params)
    refuse_unfit(job, order.params)
    run, created = _write(job, occurrence, order)
    note = publish_committed(run, order.now) if created else ""
    run.refresh_from_db()
    logger.info(
        "run asked for", extra={"run_id": str(run.id), "job": job.name, "actor": order.actor.name}
    )
    return RunNow(run, created, note)


def _write(job: Job, occurrence: str, order: _Order) -> tuple[Run, bool]:
    now = order.now
    run = make_run(job, now, now=now, trigger=order.trigger, key=occurrence, params=order.params)
    run.parent = order.parent
    with transaction.atomic():
        JobState.objects.lock(job)
        existing = Run.objects.filter(job=job, occurrence_key=occurrence).first()
        if existing is None:
            write_runs([run], now=now, policy=OverlapPolicy.QUEUE if order.waits else None)
            audit.record(order.actor, order.verb, run, now=now, after=_told(order))
    return existing or run, existing is None


def _told(order: _Order) -> dict[str, Any]:
    given = {"params": order.params, "parent": order.parent and order.parent.pk}
    return {name: value for name, value in given.items() if value is not None}


def publish_committed(run: Run, now: datetime) -> str:
    """Send its message at once, or after the commit of the caller's transaction; then nobody is
    told why it was not possible.
    """
    notes: list[str] = []
    transaction.on_commit(lambda: notes.append(_publish(run, now)))
    return "".join(notes)


def _publish(run: Run, now: datetime) -> str:
    """Send the run's message at once; answers why that was not possible, or nothing."""
    if run.state != RunState.QUEUED:
        return run.reason
    try:
        sent = publish_runs([run.pk], now=now)
    except BrokerUnavailable:
        return "queued; the broker cannot be reached, so it will be sent when the broker is back"
    if sent:
        return ""
    if run.pool and run.queue not in closed_queues():
        return f"queued; it is waiting for the pool {run.pool}"
    return f"queued; the queue {run.queue} is paused"
