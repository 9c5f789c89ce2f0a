"""A message in the hands of the worker's main process, which tells Flower and other monitors what
became of it.
"""

from __future__ import annotations

import logging
import time
from functools import cached_property
from typing import Any

from billiard.einfo import ExceptionWithTraceback  # type: ignore[attr-defined]  # newer than its stubs
from billiard.exceptions import WorkerLostError
from celery.exceptions import Ignore
from celery.worker.request import Request

from jobs.dispatch.messages.wire import is_of_run
from jobs.execution.consumer.entrance import Refusal
from jobs.execution.consumer.refusals import refusals
from jobs.execution.isolation import guard
from jobs.execution.isolation.processes import kill_orphans
from jobs.execution.supervision.in_flight import expect_stopped, message_of
from jobs.redaction.redactor import PLAIN, Redactor, redactor_of

logger = logging.getLogger(__name__)
LEFT = frozenset({"result", "exception", "traceback"})
ARGUMENTS = frozenset({"args", "kwargs"})
ELSEWHERE = "see the run in the console"


class Dropped(Ignore):
    """The claim was lost: somebody else has the run, or the message is stale."""


class Refused(Dropped):
    """The run is of another task than the message."""


class JobRequest(Request):
    """Celery sends no event for an ignored task, and monitors would show it as started for ever.

    Nor does it look after what a dead pool child has started; that would run on beside the next
    attempt. ``accepted_at`` is when the pool child began, by the monotonic clock that all processes
    of a host share.
    """

    accepted_at: float | None = None

    def on_accepted(self, pid: Any, time_accepted: float) -> Any:
        self.accepted_at = time_accepted  # Celery keeps the time on the wall alone, which may jump
        return super().on_accepted(pid, time_accepted)

    def on_failure(
        self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False
    ) -> Any:
        error = exc_info.exception
        if isinstance(error, ExceptionWithTraceback):
            error = error.exc
        if isinstance(error, MemoryError):
            # Celery would end the whole worker for it, for a pool child's lack of memory.
            exc_info = guard.reported(exc_info)
        if isinstance(error, WorkerLostError):
            pid: Any = self.worker_pid  # an integer, whatever the stubs say
            kill_orphans(pid)
            expect_stopped(pid, message_of(self))
        done = super().on_failure(exc_info, send_failed_event, return_ok)
        self._tell(error)
        return done

    def send_event(self, type: str, **fields: Any) -> None:  # noqa: A002  Celery's name
        """What a run left is for its own page to show: events lie in the broker and in the memory
        of monitors.
        """
        told = {name: self._told(name, value) for name, value in fields.items()}
        super().send_event(type, **told)

    def info(self, safe: bool = False) -> Any:
        """For `celery inspect` and Flower, to which Celery would hand the arguments themselves."""
        whole: Any = super().info(safe)
        return whole | {
            name: self._redactor.text(str(self._redactor.json(whole[name]))) for name in ARGUMENTS
        }

    def revoked(self) -> bool:
        """Of a run never: it is the ledger that says who wants it cancelled, and anybody may write
        to a broker.
        """
        return bool(vars(self).get("_already_revoked")) if self._is_run else bool(super().revoked())

    def terminate(self, pool: Any, signal: Any = None) -> Any:
        """Asked for by remote control alone, which the broker carries."""
        if self._is_run:
            logger.warning(
                "remote control: a run is cancelled in the console or by command, not by a message"
            )
            return None
        return super().terminate(pool, signal)

    @property
    def _is_run(self) -> bool:
        return is_of_run(self.request_dict)

    @cached_property
    def _redactor(self) -> Redactor:
        """Over what the message itself carries; a run's carries nothing."""
        return PLAIN if self._is_run else redactor_of([self.args, self.kwargs])

    def _told(self, field: str, value: Any) -> Any:
        if field in ARGUMENTS:
            return self._redactor.text(str(value))
        if field not in LEFT or not isinstance(value, str):
            return value
        if not self._is_run:
            return self._redactor.text(value)
        return f"{value.partition('(')[0]}: {ELSEWHERE}" if field == "exception" else ELSEWHERE

    def _tell(self, error: object) -> None:
        if isinstance(error, Refused):
            told = f"a message of the task {self.name!r} for the run of another one, {self.id}"
            refusals.note(Refusal("task", told), now=time.monotonic())
        if isinstance(error, Dropped):
            self.send_event("task-revoked", terminated=False, signum=None, expired=False)
        elif isinstance(error, Ignore):
            self.send_event("task-succeeded", result="ignored", runtime=0)
