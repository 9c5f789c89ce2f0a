"""How an attempt ended, and what that makes of its run."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from celery import states

from jobs.dispatch.fingerprint import fingerprint
from jobs.lifecycle.losses import allowance_of
from jobs.lifecycle.rows import HeldRun
from jobs.models import Loss, RunState
from jobs.models.run import rank
from jobs.redaction.redactor import redactor_of

CANCEL_REQUESTED = "cancel requested by"  # and by whom, of a running run that somebody wants to end
REASON_MOST = 500  # characters of Run.reason


class Ending(enum.StrEnum):
    """Stored as ``outcome`` in the attempt's meta."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    LOST = "lost"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt's end.

    ``result`` is JSON text; ``retry_in`` (seconds) asks for another attempt; ``loss`` is why.

    A loss without a cause is a process that died, which is all that Celery can tell. ``changes``
    are columns of the run that the other attempt is to find changed: its params, its queue.
    """

    ending: Ending
    status: str
    result: str | None = None
    traceback: str | None = None
    error: str = ""
    reason: str = ""
    retry_in: float | None = None
    children: tuple[Any, ...] = ()
    loss: Loss | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def cause(self) -> Loss | None:
        """Why the attempt was lost; None if it was not."""
        return (self.loss or Loss.CHILD) if self.ending == Ending.LOST else None

    @property
    def from_body(self) -> bool:
        """Whether the body itself came to an end, as opposed to being taken away from it."""
        return (
            self.ending in {Ending.SUCCEEDED, Ending.FAILED, Ending.TIMED_OUT}
            and self.status != states.REVOKED
        )

    def redacted(self, params: dict[str, Any]) -> Outcome:
        """The same with the secrets of these params hidden in what goes to the run's own row, which
        every list shows.

        What goes to the attempt stays as it is, and is hidden when it is read.
        """
        if not self.error and not self.reason:
            return self
        redactor = redactor_of(params)
        return replace(
            self, error=redactor.text(self.error), reason=redactor.text(self.reason)[:REASON_MOST]
        )


FINAL = {
    Ending.SUCCEEDED: RunState.SUCCEEDED,
    Ending.FAILED: RunState.FAILED,
    Ending.TIMED_OUT: RunState.TIMED_OUT,
    Ending.CANCELLED: RunState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Move:
    """The state a run goes to and the columns that change with it."""

    target: RunState
    changes: dict[str, Any]


def move_for(outcome: Outcome, run: HeldRun) -> Move:
    """What ``outcome`` makes of a running run."""
    counted = _counted(outcome, run)
    target = _target(outcome, run, counted)
    changes = {
        "worker": "",
        "lease_expires_at": None,
        "deadline_at": None,
        "error": outcome.error,
        **counted,
    }
    if target.is_final:
        kept = {
            "worker": run.worker,
            "finished_at": run.now,
            "reason": _final_reason(outcome, run, target, counted),
        }
        return Move(target, changes | kept | _fingerprint(outcome, run, target))
    again = {
        "published_at": None,
        "reason": outcome.reason,
        **_wait(outcome, run),
        **outcome.changes,
    }
    return Move(target, changes | again)


def _fingerprint(outcome: Outcome, run: HeldRun, target: RunState) -> dict[str, str]:
    if target not in {RunState.FAILED, RunState.TIMED_OUT}:
        return {}
    kind, _, message = (outcome.error or outcome.reason).partition(": ")
    return {"fingerprint": fingerprint(run.task, kind, message, outcome.traceback)}


def _counted(outcome: Outcome, run: HeldRun) -> dict[str, int]:
    if outcome.ending in {Ending.FAILED, Ending.TIMED_OUT}:
        return {"failures": run.failures + 1}
    if outcome.cause is None:
        return {}
    return {"losses": run.losses + 1, **allowance_of(outcome.cause).counted(run)}


def _target(outcome: Outcome, run: HeldRun, counted: dict[str, int]) -> RunState:
    again = outcome.retry_in is not None or outcome.ending in {Ending.LOST, Ending.RELEASED}
    if not again:
        return FINAL[outcome.ending]
    if run.cancel_requested_at is not None:
        return RunState.CANCELLED
    if outcome.cause and allowance_of(outcome.cause).is_used_up(counted):
        return RunState.FAILED
    return RunState.QUEUED


def _final_reason(outcome: Outcome, run: HeldRun, target: RunState, counted: dict[str, int]) -> str:
    if target == RunState.CANCELLED and outcome.ending != Ending.CANCELLED:
        return "cancelled while it was running"
    if outcome.cause:
        return allowance_of(outcome.cause).told(counted)
    # Asked for while it ran; now it is done.
    return re.sub(f"^{CANCEL_REQUESTED} ", "cancelled by ", outcome.reason)


def _wait(outcome: Outcome, run: HeldRun) -> dict[str, datetime]:
    """A retry waits; a lost or released run keeps its place in the queue."""
    if outcome.retry_in is None:
        return {}
    available_at = run.now + timedelta(seconds=outcome.retry_in)
    return {"available_at": available_at, "rank_at": rank(available_at, run.priority)}
