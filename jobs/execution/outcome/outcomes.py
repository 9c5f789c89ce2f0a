"""From what Celery stores about a task (status, result, traceback) to the outcome of an attempt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from celery import states
from celery.exceptions import Reject

from jobs import conf
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.lifecycle.texts import bounded_json, bounded_text, first_line
from jobs.models import Loss

TIME_LIMITS = {"SoftTimeLimitExceeded", "TimeLimitExceeded"}
REASONS = {Ending.TIMED_OUT: "the time limit was exceeded", Ending.LOST: str(Loss.CHILD.label)}


def success(encoded: str, children: list[Any] | None) -> Outcome:
    return Outcome(
        Ending.SUCCEEDED,
        states.SUCCESS,
        result=bounded_json(encoded, conf.get().result_max_bytes),
        children=tuple(children or ()),
    )


def failure(
    error: Any,
    encoded: str,
    traceback: str | None,
    *,
    line: str = "",
    by_body: bool = False,
    reason: str = "",
) -> Outcome:
    """``error`` as Celery encodes an exception: ``{"exc_type", "exc_message", "exc_module"}``.

    ``line`` is what a list shows of it, if not those words. ``by_body``: it was raised by the body,
    which can be told of a time limit, but cannot say of its own process that it is lost.
    """
    ending = _ending_of(error)
    if by_body and (ending == Ending.LOST or error["exc_type"] == "TimeLimitExceeded"):
        ending = Ending.FAILED
    return Outcome(
        ending,
        states.FAILURE,
        result=_stored_error(error, encoded),
        traceback=_stored_traceback(traceback),
        error=first_line(line) or error_line(error),
        reason=REASONS.get(ending, reason),
    )


def retry(
    error: Any,
    encoded: str,
    traceback: str | None,
    retry_in: float,
    *,
    line: str = "",
    changes: dict[str, Any] | None = None,
) -> Outcome:
    """``changes`` are the columns of the run that its next attempt is to find changed."""
    return Outcome(
        Ending.FAILED,
        states.RETRY,
        result=_stored_error(error, encoded),
        traceback=_stored_traceback(traceback),
        error=first_line(line) or error_line(error),
        retry_in=retry_in,
        changes=changes or {},
    )


def release() -> Outcome:
    return Outcome(Ending.RELEASED, states.RETRY, reason="released: its worker was stopped")


def revocation(encoded: str) -> Outcome:
    return Outcome(
        Ending.CANCELLED, states.REVOKED, result=encoded, reason="revoked through Celery"
    )


def cancelled(reason: str) -> Outcome:
    """Somebody wanted the run to stop; ``reason`` says who, or for what."""
    return Outcome(
        Ending.CANCELLED, states.REVOKED, reason=reason or "cancelled while it was running"
    )


def overdue(limit: float) -> Outcome:
    """The run did not end at its time limit (seconds), nor when it was asked to."""
    error = f"TimeLimitExceeded: it ran for longer than {limit:g} s"
    return Outcome(
        Ending.TIMED_OUT, states.FAILURE, error=error, reason="the time limit was exceeded"
    )


def over_memory(limit: int, retry_in: float | None) -> Outcome:
    """The run and its processes used more than ``limit`` megabytes; ``retry_in`` as its policy has
    it.
    """
    status = states.FAILURE if retry_in is None else states.RETRY
    error = f"MemoryLimitExceeded: it used more than {limit:,} MB"
    return Outcome(
        Ending.FAILED, status, error=error, reason=f"memory limit: {limit:,} MB", retry_in=retry_in
    )


def of_predicate(predicate: Any) -> Outcome:
    """The body raised Ignore or Reject."""
    if isinstance(predicate, Reject):
        return rejected(str(getattr(predicate, "reason", None) or ""))  # newer than its stubs
    return ignored(str(predicate))


def ignored(reason: str) -> Outcome:
    """The body raised Ignore: it came to its end and wants no result."""
    said = first_line(reason)
    return Outcome(
        Ending.SUCCEEDED,
        states.IGNORED,
        reason="ignored by the task" + (f": {said}" if said else ""),
    )


def rejected(reason: str) -> Outcome:
    """The body raised Reject: it wants nothing to do with these params."""
    return Outcome(
        Ending.FAILED, states.REJECTED, error=first_line(reason), reason="rejected by the task"
    )


def error_line(error: Any) -> str:
    """``ValueError: no such customer``, from an encoded exception."""
    if not isinstance(error, dict) or "exc_type" not in error:
        return first_line(str(error)) if error else ""
    message = error.get("exc_message")
    parts = message if isinstance(message, (list, tuple)) else [message]
    text = first_line(", ".join(str(part) for part in parts if part not in (None, "")))
    return f"{error['exc_type']}: {text}" if text else str(error["exc_type"])


def unstorable(outcome: Outcome, error: Exception) -> Outcome:
    """The same end without anything the database could refuse."""
    why = f"what it left could not be stored: {type(error).__name__}"
    return replace(outcome, result=None, traceback=None, error="", reason=why, children=())


def _stored_error(error: Any, encoded: str) -> str:
    """An exception as Celery reads it back, its message shortened if need be."""
    limit = conf.get().result_max_bytes
    if len(encoded) <= limit or not isinstance(error, dict):
        return bounded_json(encoded, limit)
    return json.dumps(
        error | {"exc_message": [bounded_text(str(error.get("exc_message")), limit // 16)]},
        default=str,
    )


def _stored_traceback(traceback: str | None) -> str | None:
    return traceback and bounded_text(traceback, conf.get().result_max_bytes)


def _ending_of(error: Any) -> Ending:
    if not isinstance(error, dict) or not str(error.get("exc_module")).startswith("billiard"):
        return Ending.FAILED
    if error["exc_type"] in TIME_LIMITS:
        return Ending.TIMED_OUT
    return Ending.LOST if error["exc_type"] == "WorkerLostError" else Ending.FAILED
