"""The default task class: an ordinary Celery task until a message names a run, then the run's life cycle around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from billiard.common import terminate_handler_fired  # type: ignore[attr-defined]  # newer than its stubs
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore, Reject, Retry
from celery.utils.serialization import raise_with_context
from celery.utils.time import maybe_make_aware
from django.utils import timezone

from jobs import events
from jobs.execution import current, verdict
from jobs.execution.current import Current
from jobs.execution.request import Dropped
from jobs.execution.settle import settle
from jobs.execution.slots import Stage, board
from jobs.lifecycle.backoff import Backoff
from jobs.lifecycle.claim import claim
from jobs.lifecycle.connections import refresh_body_connections
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome


class JobTask(DjangoTask[Any, Any]):
    """Claims the run before the body, calls the body with the run's params, and records how it ended.

    A subclass that overrides ``before_start``, ``__call__`` or ``retry`` must call ours. Beside Celery's own,
    ``self.request`` has ``run`` (the run's id), ``attempt`` (from 1) and ``scheduled_for`` (ISO).
    """

    abstract = True
    runs_jobs = True
    Request = "jobs.execution.request:JobRequest"

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Claim the run; Dropped ends the matter when somebody else has it."""
        message = Message.of(self.request)
        if message is None:
            return
        board.enter(Stage.CLAIMING)
        refresh_body_connections()
        claimed = claim(message)
        if claimed is None:
            raise Dropped
        # _protected: if the body calls its own task as a function, that call gets a request of its own.
        self.request.update(kwargs=claimed.params, attempt=claimed.attempt, _protected=1)
        current.begin(claimed)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        running = current.of_task(self.request.id) if self.request.id else None
        if running is None or running.in_body:
            return super().__call__(*args, **kwargs)
        running.in_body = True
        board.enter(Stage.BODY, exclusive=running.claim.exclusive)
        events.body_began.send_robust(JobTask, claim=running.claim)
        try:
            return self._run_body(running)
        finally:
            running.in_body = False
            board.enter(Stage.ENDING)
            events.body_ended.send_robust(JobTask, claim=running.claim)
            refresh_body_connections()

    def _run_body(self, running: Current) -> Any:
        try:
            return self.run(**running.claim.params)
        except Ignore as ignore:
            self._end(running, verdict.ignored(str(ignore)))
        except Reject as reject:
            reason, requeue = reject.args
            if requeue:
                raise self.retry(exc=reject) from reject
            self._end(running, verdict.rejected(str(reason or "")))
        except Retry:
            raise
        except SystemExit as leaving:
            return _left_by_exit(leaving)
        except Exception as error:
            if not self._engine_retries(error):
                raise
            delay = (running.claim.backoff or Backoff()).delay(self.request.retries + 1)
            raise self.retry(exc=error, countdown=delay) from error

    def _end(self, running: Current, outcome: Outcome) -> NoReturn:
        """Record the end of a body that raised Ignore or Reject, for which Celery stores nothing.

        What it said of itself before (``update_state(state="FAILURE")``, then Ignore) counts more.
        """
        running.in_body = False
        message = running.claim.message
        if running.declared:
            result, status = running.declared
            self.backend.store_result(message.task_id, result, status, request=self.request)
        else:
            settle(message, outcome)
        raise Ignore

    def _engine_retries(self, error: Exception) -> bool:
        """Whether the job asks for retries that the task itself does not declare."""
        if self.request.get("max_retries") is None or getattr(self, "autoretry_for", None):
            return False
        spared: Any = getattr(self, "dont_autoretry_for", None)
        return not isinstance(error, tuple(spared or ()))

    def retry(
        self,
        args: Any = None,
        kwargs: Any = None,
        exc: Exception | None = None,
        throw: bool = True,
        eta: datetime | None = None,
        countdown: float | None = None,
        max_retries: int | None = None,
        **options: Any,
    ) -> Any:
        """As Celery's, but sends no message: the run goes back to its queue in the database, due after the delay.

        The job's own max_retries and back-off win over the task's and over ``countdown`` and ``eta``. New ``args`` or
        ``kwargs`` are not taken over: a run keeps the params it was made with.
        """
        request = self.request
        if request.get("run") is None or request.called_directly or request.is_eager:
            return super().retry(args, kwargs, exc, throw, eta, countdown, max_retries, **options)
        limit = self._retry_limit(max_retries)
        if limit is not None and request.retries + 1 > limit:
            _give_up(self, exc)
        delay = self._delay(eta, countdown)
        request.update(retry_in=delay)
        again = Retry(exc=exc, when=timezone.now() + timedelta(seconds=delay))
        if throw:
            raise again
        return again

    def _retry_limit(self, max_retries: int | None) -> int | None:
        of_job = self.request.get("max_retries")
        if of_job is not None:
            return int(of_job)
        return self.max_retries if max_retries is None else max_retries

    def _delay(self, eta: datetime | None, countdown: float | None) -> float:
        running = current.get()
        if running and running.claim.backoff:
            return running.claim.backoff.delay(self.request.retries + 1)
        if eta is not None:
            return max(0.0, (maybe_make_aware(eta, UTC) - timezone.now()).total_seconds())
        return float(self.default_retry_delay if countdown is None else countdown)


def _left_by_exit(leaving: SystemExit) -> None:
    """``sys.exit()`` ends the body, not the pool child; a signal that ends the child is not to be stopped."""
    if terminate_handler_fired():
        raise leaving
    if leaving.code not in (None, 0):
        raise RuntimeError(f"the task called sys.exit({leaving.code!r})") from leaving


def _give_up(task: JobTask, exc: Exception | None) -> NoReturn:
    if exc is not None:
        raise_with_context(exc)
    raise task.MaxRetriesExceededError(f"Can't retry {task.name}[{task.request.id}]: no retry is left")
