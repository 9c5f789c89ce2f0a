"""What this process is running now.

A pool child runs one body at a time, whatever threads the body starts.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from celery.exceptions import Retry

from jobs.execution.outcome.logs import LogBuffer
from jobs.lifecycle.claim import Claim
from jobs.logs import context
from jobs.redaction.known import Known
from jobs.redaction.redactor import Redactor, redactor_of, with_parts


@dataclass(frozen=True, slots=True)
class Again:
    """The retry that a body has asked for: what to raise, why, and the columns of the run that it
    changes.
    """

    signal: Retry
    cause: BaseException | None
    changes: dict[str, Any]


@dataclass(slots=True)
class Current:
    """A claimed run, from its claim until it is finished."""

    claim: Claim
    log: LogBuffer
    in_body: bool = False
    progress: Any = None
    progress_is_new: threading.Event = field(default_factory=threading.Event)
    declared: tuple[Any, str] | None = (
        None  # (result, status) the body gave itself, to be kept if it raises Ignore
    )
    error: BaseException | None = (
        None  # what ended the body, before Celery made it fit to be pickled
    )
    again: Again | None = None
    is_over: bool = False  # its outcome is recorded, or is being
    has_finished: bool = False  # by the body itself, which may go on
    # The values that the body was given, by name.
    secrets: dict[str, str] = field(default_factory=dict)

    def give(self, secrets: dict[str, str]) -> None:
        """Hide these values in all that the run and this process write; call it before the body has
        them.
        """
        self.secrets = secrets
        texts = with_parts(secrets.values())
        context.hide(texts)
        self.log.hidden = Known(texts)

    @property
    def redactor(self) -> Redactor:
        """Over what is secret in the run's params, and over the values that it was given."""
        return redactor_of([self.claim.params, {"secrets": with_parts(self.secrets.values())}])


class _Holder:
    current: Current | None = None


_holder = _Holder()


def begin_run(claim: Claim) -> Current:
    """Make ``claim`` what this process runs, and what its lines are about."""
    message = claim.message
    about = {"run_id": str(message.run_id), "job": message.job_name, "task": message.task_name}
    context.bind(claim.params, **about, attempt=claim.attempt)
    _holder.current = Current(claim, LogBuffer(claim.message.run_id, claim.attempt))
    return _holder.current


def current_run() -> Current | None:
    return _holder.current


def of_task(task_id: str) -> Current | None:
    """The current run if Celery's ``task_id`` is its message."""
    current = _holder.current
    return current if current and current.claim.message.task_id == task_id else None


def end_run() -> None:
    _holder.current = None
