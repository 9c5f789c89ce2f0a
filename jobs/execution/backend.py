"""The result backend: django-celery-results' own for plain tasks; for runs, every store is a step
of the life cycle.
"""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

from celery import states
from django_celery_results.backends import DatabaseBackend
from kombu.exceptions import EncodeError

from jobs.errors import SecretUnavailable
from jobs.execution import current
from jobs.execution.current import Current
from jobs.execution.exceptions import error_line_of, traceback_of
from jobs.execution.finishing import keep_the_rest
from jobs.execution.outcome import outcomes, secret_values
from jobs.execution.outcome.settle import outcome_writer, settle
from jobs.execution.worker.child_turnover import leaving
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome
from jobs.lifecycle.texts import clean, clean_json, representation, showable_json

ARGUMENTS_MOST = 100_000  # characters of a plain task's arguments
RUN_META = '{"run"'  # how the meta of an attempt begins
logger = logging.getLogger(__name__)


class WithArguments(DatabaseBackend):
    """Keeps what a plain task was given whole, as Python writes it: by it a page hides what is left
    of it in a result.

    Celery's own text, which the message carries for events and logs, is cut, and has its secrets
    hidden already.
    """

    def _get_extended_properties(self, request: Any, traceback: Any) -> dict[str, Any]:
        kept: dict[str, Any] = super()._get_extended_properties(request, traceback)
        given = {
            "task_args": getattr(request, "args", None),
            "task_kwargs": getattr(request, "kwargs", None),
        }
        return kept | {
            name: self._kept_arguments(value)
            for name, value in given.items()
            if kept[name] is not None
        }

    def _kept_arguments(self, given: Any) -> Any:
        text = clean(repr(tuple(given) if isinstance(given, list) else given))
        return self.encode_content(
            text if len(text) <= ARGUMENTS_MOST else "<too long to be kept>"
        )[2]


class _Handing(WithArguments):
    """For plain tasks in a worker's main process, which must not wait for a database: the outcome
    writer writes.
    """

    TaskModel = SimpleNamespace(
        _default_manager=SimpleNamespace(store_result=outcome_writer.hand_plain)
    )


class JobBackend(WithArguments):
    """Stores a run's outcome in one transaction with its attempt, and never raises for a run.

    An error that left this method would turn a success into a failure, or leave the run running for
    ever.
    """

    def _store_result(
        self,
        task_id: str,
        result: Any,
        status: str,
        traceback: str | None = None,
        request: Any = None,
        using: str | None = None,
    ) -> Any:
        message = Message.of(request)
        if message is None:
            store = (
                _Handing(self.app)._store_result
                if outcome_writer.is_on_duty()
                else super()._store_result
            )
            return store(task_id, result, status, traceback, request, using)
        try:
            self._store_run(message, result, status, traceback, request)
        except Exception:
            logger.exception(
                "outcome not stored: %s", status, extra={"run_id": str(message.run_id)}
            )
            # a body has broken what we stand on: the main process stores that it is lost
            leaving.at_once()
        return result

    def _store_run(
        self, message: Message, result: Any, status: str, traceback: str | None, request: Any
    ) -> None:
        running = current.of_task(message.task_id)
        if running and running.is_over:
            if running.has_finished:
                keep_the_rest(running, status)
            return  # or Celery stumbled over what the body had left, after its end was recorded
        if running and running.in_body and status in states.ALL_STATES:
            running.declared = (result, status)
            return
        outcome = self._outcome(message, result, status, traceback, request)
        if outcome is not None:
            settle(message, outcome)
            if running:
                running.error = running.again = (
                    None  # and with them all that the body's frames hold
                )
        elif running:
            running.progress = clean_json(
                result if status == "PROGRESS" else {"state": status, "meta": result}
            )
            running.progress_is_new.set()

    def _outcome(
        self, message: Message, result: Any, status: str, traceback: str | None, request: Any
    ) -> Outcome | None:
        """None for the states that end nothing."""
        running = current.of_task(message.task_id)
        match status:
            case states.SUCCESS:
                return self.success_of(message, result, request)
            case states.FAILURE:
                return self._failure(running, result, traceback)
            case states.RETRY:
                return self._retry(running, result, traceback, getattr(request, "retry_in", None))
            case states.REVOKED:
                return outcomes.revocation(self._encoded(result))
            case _:
                return None

    def success_of(self, message: Message, result: Any, request: Any = None) -> Outcome:
        """A success with what is kept of ``result``."""
        return outcomes.success(self._kept(message, result), self.current_task_children(request))

    def _failure(self, running: Current | None, result: Any, traceback: str | None) -> Outcome:
        error = running.error if running and not running.declared else None
        if error is None:
            found = secret_values.value(result)
            traceback = traceback and secret_values.text(traceback)
            return outcomes.failure(
                found, self._encoded(found), traceback, by_body=running is not None
            )
        found, line = (
            secret_values.value(self.prepare_exception(error)),
            secret_values.text(error_line_of(error)),
        )
        told, reason = (
            secret_values.text(traceback_of(error)),
            error.message if isinstance(error, SecretUnavailable) else "",
        )
        return outcomes.failure(
            found, self._encoded(found), told, line=line, by_body=True, reason=reason
        )

    def _retry(
        self, running: Current | None, result: Any, traceback: str | None, retry_in: float | None
    ) -> Outcome:
        if retry_in is None:
            return outcomes.release()
        again, line = running.again if running else None, ""
        if again and again.cause:
            result, line = (
                self.prepare_exception(again.cause),
                secret_values.text(error_line_of(again.cause)),
            )
        result, traceback = secret_values.value(result), traceback and secret_values.text(traceback)
        changes = again.changes if again else {}
        return outcomes.retry(
            result, self._encoded(result), traceback, retry_in, line=line, changes=changes
        )

    def _kept(self, message: Message, result: Any) -> str:
        """What is kept of a return value: nothing, where the task says ``ignore_result=True``."""
        task = self.app.tasks.get(message.task_name)
        return self._encoded(None if task and task.ignore_result else result)

    def _encoded(self, result: Any) -> str:
        """The result as JSON; one that has no JSON is kept as its representation: the body did
        succeed.
        """
        try:
            return secret_values.json_text(showable_json(str(self.encode_content(result)[2])))
        except (EncodeError, TypeError, ValueError, RecursionError):
            shown = secret_values.text(representation(result))
            return json.dumps({"unserializable": type(result).__name__, "repr": shown})

    def cleanup(self) -> None:
        """Delete expired results of plain tasks.

        Attempts belong to their runs, which retention deletes.
        """
        if self.expires:
            expired = self.TaskModel._default_manager.get_all_expired(self.expires)
            expired.exclude(meta__startswith=RUN_META).delete()
            self.GroupModel._default_manager.delete_expired(self.expires)
