"""Finishing: the run, its attempt and the rest of its log are written in one transaction, guarded by the attempt."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from celery import states
from django.db import transaction
from django.db.models.functions import Now
from django_celery_results.models import TaskResult

from jobs import conf, events
from jobs.dispatch.clock import database_now
from jobs.execution.connections import LIFECYCLE, persist
from jobs.execution.message import Message
from jobs.execution.outcome import Outcome, move_for
from jobs.models import Run, RunLog, RunState

PATIENCE_BEYOND_LEASE_SECONDS = 600
logger = logging.getLogger(__name__)


def finish(message: Message, outcome: Outcome, *, log: Sequence[RunLog] = ()) -> RunState | None:
    """Record how the attempt ended; return the run's new state, or None if the attempt was no longer this worker's.

    A late finisher changes nothing of the run; its attempt is marked ``late_finished_at``. A message that was lost
    before its run was claimed only frees the run to be published again. Waits out a database that does not answer until
    ten minutes after the lease; raises the connection's error then.
    """
    patience = conf.get().lease_seconds + PATIENCE_BEYOND_LEASE_SECONDS
    ended = persist(partial(_finish_once, message, outcome, log), patience_seconds=patience)
    if ended is None:
        return None
    run, state = ended
    if state.is_final:
        events.run_finished.send_robust(
            Run, run_id=message.run_id, job_id=run["job_id"], attempt=run["attempt"], state=state
        )
    return state


FIELDS = (
    "state",
    "publish_count",
    "worker",
    "attempt",
    "priority",
    "failures",
    "losses",
    "cancel_requested_at",
    "job_id",
)


def _finish_once(message: Message, outcome: Outcome, log: Sequence[RunLog]) -> tuple[dict[str, Any], RunState] | None:
    with transaction.atomic(using=LIFECYCLE):
        run = (
            Run.objects.using(LIFECYCLE)
            .filter(pk=message.run_id)
            .select_for_update(no_key=True)
            .values(*FIELDS)
            .first()
        )
        if run is None:
            return None
        RunLog.objects.using(LIFECYCLE).bulk_create(log, ignore_conflicts=True)
        now = database_now(LIFECYCLE)
        if not _is_held(run, message):
            _not_held(message, outcome, run, now)
            return None
        move = move_for(outcome, dict(run), now)
        Run.objects.using(LIFECYCLE).filter(pk=message.run_id).move(move.target, **move.changes)
        _end_attempt(message, outcome, run["attempt"])
        return dict(run), move.target


def _is_held(run: Any, message: Message) -> bool:
    return (run["state"], run["publish_count"], run["worker"]) == (RunState.RUNNING, message.publish, message.worker)


def _end_attempt(message: Message, outcome: Outcome, attempt: int) -> None:
    meta = {"run": str(message.run_id), "attempt": attempt, "outcome": outcome.ending, "children": outcome.children}
    _attempts(message).update(
        status=outcome.status,
        result=outcome.result,
        traceback=outcome.traceback,
        date_done=Now(),
        meta=json.dumps(meta),
    )


def _not_held(message: Message, outcome: Outcome, run: Any, now: datetime) -> None:
    if run["state"] == RunState.QUEUED and run["publish_count"] == message.publish:
        _never_started(message, outcome)
    elif outcome.from_body:
        _mark_late(message, outcome, now)


def _never_started(message: Message, outcome: Outcome) -> None:
    """The message is gone and the run unclaimed: a pool child died in between, or Celery's own revoke came first."""
    run = Run.objects.using(LIFECYCLE).filter(pk=message.run_id)
    if outcome.status == states.REVOKED:
        run.move(RunState.CANCELLED, finished_at=Now(), reason=outcome.reason)
    else:
        run.unpublish()


def _mark_late(message: Message, outcome: Outcome, now: datetime) -> None:
    stored = _attempts(message).values_list("meta", flat=True).first()
    meta = json.loads(stored) if stored else {}
    if meta and meta.get("outcome") != outcome.ending:
        _attempts(message).update(meta=json.dumps(meta | {"late_finished_at": now.isoformat()}))


def _attempts(message: Message) -> Any:
    return TaskResult.objects.using(LIFECYCLE).filter(task_id=message.task_id)
