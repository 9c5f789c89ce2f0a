"""Finishing: the run, its attempt and the rest of its log are written in one transaction, guarded
by the attempt.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from celery import states
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django_celery_results.models import TaskResult

from jobs import conf, events
from jobs.dispatch.overlap import release_waiting
from jobs.lifecycle import run_log
from jobs.lifecycle.claim import Claim
from jobs.lifecycle.connections import LIFECYCLE, persist
from jobs.lifecycle.losses import note_loss
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Ending, Outcome, move_for
from jobs.lifecycle.rows import AttemptMeta, HeldRun, columns_of
from jobs.lifecycle.statements import END_ATTEMPT, SUCCEED
from jobs.models import Run, RunLog, RunState
from jobs.moments import iso

logger = logging.getLogger(__name__)

COLUMNS = columns_of(HeldRun)


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt whose end was this worker's to record."""

    job_id: uuid.UUID
    attempt: int
    state: RunState
    exclusive: bool


def finish(
    message: Message,
    outcome: Outcome,
    *,
    claimed: Claim | None = None,
    log: Sequence[RunLog] = (),
    patience_seconds: float | None = None,
) -> RunState | None:
    """Record how the attempt ended; return the run's new state, or None if the attempt was no
    longer this worker's.

    A late finisher changes nothing of the run; its attempt is marked ``late_finished_at``. A
    message that was lost before its run was claimed only frees the run to be published again. Waits
    out a database that does not answer for ``patience_seconds``, by default until ten minutes after
    the lease; raises the connection's error then. ``claimed``, where at hand, saves a query.
    """
    if patience_seconds is None:
        patience_seconds = conf.get().lease_seconds + conf.get().finish_patience_seconds
    began_ns = time.time_ns()
    ended = persist(
        partial(_finish_once, message, outcome, claimed, log), patience_seconds=patience_seconds
    )
    return tell_of(message, ended, began_ns) if ended else None


def finish_expired(message: Message, outcome: Outcome, *, lease: datetime) -> RunState | None:
    """Record what became of a run whose worker let its lease run out; None if it was renewed or
    ended meanwhile.

    None as well while somebody keeps the run's row locked. ``lease`` is the end of the lease that
    was found in the past. Raises the database's errors at once.
    """
    began_ns = time.time_ns()
    with transaction.atomic(using=LIFECYCLE):
        ended = _finish_locked(message, outcome, lease)
    return tell_of(message, ended, began_ns) if ended else None


def succeed_within(claim: Claim, outcome: Outcome, *, using: str) -> Ended | None:
    """Record a success in the transaction that is open on ``using``; None if the attempt is no
    longer this worker's.

    Once it is committed, ``tell_of`` is to be called.
    """
    return _succeed(claim.message, outcome, claim, using=using)


def tell_of(message: Message, ended: Ended, began_ns: int) -> RunState:
    """Tell who listens, and let the run go that waited for this one."""
    events.attempt_ended.send_robust(
        Run, run_id=message.run_id, attempt=ended.attempt, state=ended.state, began_ns=began_ns
    )
    if ended.state.is_final:
        events.run_finished.send_robust(
            Run,
            run_id=message.run_id,
            job_id=ended.job_id,
            attempt=ended.attempt,
            state=ended.state,
        )
        if ended.exclusive:
            _let_next_go(ended.job_id)
    return ended.state


def _let_next_go(job_id: uuid.UUID) -> None:
    try:
        with transaction.atomic(using=LIFECYCLE):
            release_waiting([job_id], using=LIFECYCLE)
    except DatabaseError as error:
        # The leader's sweep lets it go: what has ended must not fail for it.
        logger.info(
            "the waiting run is let go by the sweep: %s", error, extra={"job_id": str(job_id)}
        )


def _finish_once(
    message: Message, outcome: Outcome, claimed: Claim | None, log: Sequence[RunLog]
) -> Ended | None:
    # One statement is a transaction of its own.
    ended = _succeed(message, outcome, claimed) if claimed and not log else None
    if ended:
        return ended
    with transaction.atomic(using=LIFECYCLE):
        ended = _succeed(message, outcome, claimed) if claimed and log else None
        ended = ended or _finish_locked(message, outcome)
        if ended is None and not _run(message).exists():
            # Its lines would have no run to belong to, and the database would refuse them.
            logger.warning(
                "outcome dropped, there is no such run: %s", outcome.ending, extra=_about(message)
            )
            return None
        run_log.store(log)
        return ended


def _about(message: Message) -> dict[str, Any]:
    return {"run_id": str(message.run_id), "publish": message.publish}


def _succeed(
    message: Message, outcome: Outcome, claimed: Claim, *, using: str = LIFECYCLE
) -> Ended | None:
    """The common case, which needs to know nothing of the run that its claim does not tell."""
    if outcome.ending != Ending.SUCCEEDED:
        return None
    if not SUCCEED.execute(
        using=using,
        run=message.run_id,
        publish=message.publish,
        worker=message.worker,
        reason=outcome.redacted(claimed.params).reason,
        **_end_of_attempt(message, outcome, claimed.attempt),
    ):
        return None
    return Ended(claimed.job_id, claimed.attempt, RunState.SUCCEEDED, claimed.exclusive)


def _finish_locked(
    message: Message, outcome: Outcome, lease: datetime | None = None
) -> Ended | None:
    # Whoever ends a run for its worker has others to look at: a row that is locked is met again at
    # the next look.
    rows = _run(message).select_for_update(no_key=True, skip_locked=lease is not None)
    row = rows.annotate(now=Now()).values_list(*COLUMNS).first()
    if row is None:
        return None
    run = HeldRun(*row)
    if lease is not None and run.lease_expires_at != lease:
        return None
    if not _is_held(run, message):
        _not_held(message, outcome, run)
        return None
    move = move_for(outcome.redacted(run.params), run)
    _run(message).move(move.target, **move.changes)
    END_ATTEMPT.execute(**_end_of_attempt(message, outcome, run.attempt))
    if outcome.cause:
        note_loss(message, outcome.cause, run)
    return Ended(run.job_id, run.attempt, move.target, run.exclusive)


def _run(message: Message) -> Any:
    return Run.objects.using(LIFECYCLE).filter(pk=message.run_id)


def _is_held(run: HeldRun, message: Message) -> bool:
    return (run.state, run.publish_count, run.worker) == (
        RunState.RUNNING,
        message.publish,
        message.worker,
    )


def _end_of_attempt(message: Message, outcome: Outcome, attempt: int) -> dict[str, Any]:
    """The values of END_ATTEMPT's slots."""
    meta = AttemptMeta(
        message.run_id,
        attempt,
        outcome=outcome.ending,
        cause=outcome.cause,
        children=outcome.children,
    )
    return {
        "task_id": message.task_id,
        "status": outcome.status,
        "result": outcome.result,
        "traceback": outcome.traceback,
        "meta": meta.text(),
    }


def _not_held(message: Message, outcome: Outcome, run: HeldRun) -> None:
    if run.state == RunState.QUEUED and run.publish_count == message.publish:
        _never_started(message, outcome)
    elif outcome.from_body:
        _mark_late(message, outcome, run.now)


def _never_started(message: Message, outcome: Outcome) -> None:
    """The message is gone and the run unclaimed: a pool child died in between, or Celery's own
    revoke came first.
    """
    if outcome.status == states.REVOKED:
        _run(message).move(RunState.CANCELLED, finished_at=Now(), reason=outcome.reason)
    else:
        _run(message).unpublish()


def _mark_late(message: Message, outcome: Outcome, now: datetime) -> None:
    meta = AttemptMeta.read(_attempts(message).values_list("meta", flat=True).first())
    if meta and meta.outcome != outcome.ending:
        _attempts(message).update(meta=replace(meta, late_finished_at=iso(now)).text())


def _attempts(message: Message) -> Any:
    return TaskResult.objects.using(LIFECYCLE).filter(task_id=message.task_id)
