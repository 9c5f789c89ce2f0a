"""What a bulk operation does to one job, dead letter or run: the action a person would call, unless
it is done already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from jobs.access.actor import Actor
from jobs.actions.jobs import archive_job, update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.runs.cancel import RunIsOver, cancel_run
from jobs.actions.runs.dead_letters import ONE_AT_A_TIME, discard, requeue
from jobs.actions.runs.run import rerun, run_now
from jobs.errors import DomainError
from jobs.models import BulkOperation, BulkVerb, Job, OverlapPolicy, Run, RunState, Trigger
from jobs.moments import read_moment


class ItemOutcome(Enum):
    """Skipped is what was already as it was to be."""

    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Order:
    """Which operation, in whose name, when."""

    operation: BulkOperation
    actor: Actor
    now: datetime

    def __getitem__(self, name: str) -> Any:
        """An argument of the operation; None where it was not given."""
        return self.operation.arguments.get(name)


def do(item: Job | Run, order: Order) -> ItemOutcome:
    """Do it; raises whatever the action raises."""
    return VERBS[BulkVerb(order.operation.verb)](item, order)


def _pause(job: Job, order: Order) -> ItemOutcome:
    if not job.enabled:
        return ItemOutcome.SKIPPED  # whoever paused it had another reason, and another end in mind
    until = order["until"] and read_moment(order["until"])
    pause_job(job, actor=order.actor, reason=order["reason"] or "", until=until, now=order.now)
    return ItemOutcome.DONE


def _resume(job: Job, order: Order) -> ItemOutcome:
    if job.enabled:
        return ItemOutcome.SKIPPED
    resume_job(job, actor=order.actor, now=order.now)
    return ItemOutcome.DONE


def _run(job: Job, order: Order) -> ItemOutcome:
    key = f"bulk:{order.operation.pk}"
    done = run_now(job, actor=order.actor, now=order.now, trigger=_trigger(order.actor), key=key)
    return ItemOutcome.SKIPPED if done.run.state == RunState.SKIPPED else ItemOutcome.DONE


def _trigger(actor: Actor) -> Trigger:
    return Trigger.API if actor.surface in {"api", "grpc"} else Trigger.MANUAL


def _add_tag(job: Job, order: Order) -> ItemOutcome:
    added = [tag for tag in order["tags"] if tag not in job.tags]
    return _update(job, {"tags": [*job.tags, *added]}, order) if added else ItemOutcome.SKIPPED


def _set_queue(job: Job, order: Order) -> ItemOutcome:
    return (
        _update(job, {"queue": order["queue"]}, order)
        if job.queue != order["queue"]
        else ItemOutcome.SKIPPED
    )


def _reschedule(job: Job, order: Order) -> ItemOutcome:
    """What was changed by somebody else since it was suggested stays as they have it."""
    changes = [change for change in order["changes"] if change["job"] == str(job.pk)]
    wanted = {change["field"]: change for change in changes}
    left = {name: each for name, each in wanted.items() if getattr(job, name) != each["after"]}
    for name, change in left.items():
        if getattr(job, name) != change["before"]:
            raise DomainError(f"is {getattr(job, name)} by now", field=name)
    if not left:
        return ItemOutcome.SKIPPED
    return _update(job, {name: change["after"] for name, change in left.items()}, order)


def _update(job: Job, values: dict[str, Any], order: Order) -> ItemOutcome:
    update_job(job, values, actor=order.actor, now=order.now)
    return ItemOutcome.DONE


def _archive(job: Job, order: Order) -> ItemOutcome:
    if job.archived_at:
        return ItemOutcome.SKIPPED
    archive_job(job, actor=order.actor, now=order.now)
    return ItemOutcome.DONE


def _requeue(run: Run, order: Order) -> ItemOutcome:
    if run.job.overlap_policy == OverlapPolicy.CANCEL_RUNNING and _has_requeued(run.job, order):
        raise DomainError(ONE_AT_A_TIME, field="overlap_policy")
    told = requeue([run], actor=order.actor, now=order.now, params=order["params"])
    if run.pk in told.left:
        raise DomainError(told.left[run.pk])
    return ItemOutcome.DONE


def _has_requeued(job: Job, order: Order) -> bool:
    """Another run now would cancel the one that has just been made."""
    since = order.operation.created_at
    return Run.objects.filter(job=job, trigger=Trigger.RERUN, created_at__gte=since).exists()


def _discard(run: Run, order: Order) -> ItemOutcome:
    done = discard([run], actor=order.actor, reason=order["reason"], now=order.now)
    return ItemOutcome.DONE if done else ItemOutcome.SKIPPED


def _rerun(run: Run, order: Order) -> ItemOutcome:
    done = rerun(run, actor=order.actor, now=order.now, key=f"bulk:{order.operation.pk}")
    return ItemOutcome.DONE if done.created else ItemOutcome.SKIPPED


def _cancel(run: Run, order: Order) -> ItemOutcome:
    if run.cancel_requested_at:
        return ItemOutcome.SKIPPED
    try:
        cancel_run(run, actor=order.actor, now=order.now)
    except RunIsOver:
        return ItemOutcome.SKIPPED
    return ItemOutcome.DONE


VERBS: dict[BulkVerb, Callable[[Any, Order], ItemOutcome]] = {
    BulkVerb.PAUSE: _pause,
    BulkVerb.RESUME: _resume,
    BulkVerb.RUN: _run,
    BulkVerb.ADD_TAG: _add_tag,
    BulkVerb.SET_QUEUE: _set_queue,
    BulkVerb.ARCHIVE: _archive,
    BulkVerb.RESCHEDULE: _reschedule,
    BulkVerb.REQUEUE: _requeue,
    BulkVerb.DISCARD: _discard,
    BulkVerb.RERUN: _rerun,
    BulkVerb.CANCEL: _cancel,
}
