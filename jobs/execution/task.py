"""The run's life cycle around a task: an ordinary Celery task until a message names a run."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from billiard.common import terminate_handler_fired  # type: ignore[attr-defined]  # newer than its stubs
from celery import Task, states
from celery.exceptions import Ignore, Reject, Retry
from celery.utils.serialization import raise_with_context
from celery.utils.time import maybe_make_aware
from django.utils import timezone

from jobs import events
from jobs.dispatch.messages.wire import told_by
from jobs.errors import SecretUnavailable
from jobs.execution import current
from jobs.execution.coroutines import completing, is_completing
from jobs.execution.current import Again, Current
from jobs.execution.exceptions import error_line_of
from jobs.execution.finishing import AlreadyFinished, keep_the_rest
from jobs.execution.isolation.surroundings import surroundings
from jobs.execution.outcome import outcomes
from jobs.execution.outcome.secret_values import covered
from jobs.execution.outcome.settle import settle
from jobs.execution.request import Dropped, Refused
from jobs.execution.retries import most_retries
from jobs.execution.retry_changes import changes_for_retry
from jobs.execution.slots import Stage, board
from jobs.execution.unfinished import refuse_unfinished
from jobs.execution.worker.child_turnover import leaving
from jobs.lifecycle.backoff import Backoff
from jobs.lifecycle.claim import WrongTask, claim
from jobs.lifecycle.connections import refresh_body_connections
from jobs.lifecycle.message import Message
from jobs.lifecycle.secrets import hand_out
from jobs.params.typed import arguments_for
from jobs.redaction.references import names_in, resolved

if TYPE_CHECKING:
    BaseTask = Task[..., Any]
else:
    BaseTask = Task


class NotReplaceable(RuntimeError):
    """The body of a run called ``self.replace()``."""


class JobTask(BaseTask):
    """Claims the run before the body, calls the body with the run's params, and records how it
    ended.

    The app puts it in front of every task's own classes (``jobs.execution.app``). Beside Celery's
    own, ``self.request`` has ``run`` (the run's id), ``attempt`` (from 1) and ``scheduled_for``
    (ISO).
    """

    abstract = True
    runs_jobs = True
    has_own_call: ClassVar[bool] = False  # whether a class behind this one defines __call__
    Request = "jobs.execution.request:JobRequest"

    def __init_subclass__(cls, **options: Any) -> None:
        """Whatever way the function comes in (a decorator, a class-based task): a coroutine of it
        is run.
        """
        super().__init_subclass__(**options)
        run = inspect.getattr_static(cls, "run")
        function = run.__func__ if isinstance(run, staticmethod) else run
        if function is not Task.run and callable(function) and not is_completing(function):
            complete: Any = completing(function)
            if isinstance(run, staticmethod):
                complete = staticmethod(complete)
            setattr(cls, "run", complete)  # noqa: B010  # mypy allows no assignment to a method

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Claim the run; Dropped ends the matter when somebody else has it."""
        message = Message.of(self.request)
        if message is not None:
            try:
                self._claim(message, kwargs)
            except Exception as error:
                if not isinstance(error, Dropped):
                    leaving.after_this_run()  # an earlier body may have broken what we stand on
                raise
        super().before_start(task_id, args, kwargs)

    def _claim(self, message: Message, kwargs: dict[str, Any]) -> None:
        board.enter(Stage.CLAIMING)
        refresh_body_connections()
        try:
            claimed = claim(message)
        except WrongTask as error:
            raise Refused from error
        if claimed is None:
            raise Dropped
        # This very dict is what Celery gives to the body, to on_success and to after_return.
        kwargs.update(claimed.params)
        # _protected: if the body calls its own task as a function, that call gets a request of its
        # own. Celery's __call__ sets it by itself, but only a class with a __call__ of its own
        # leads there.
        self.request.update(
            kwargs=kwargs,
            run=str(message.run_id),
            attempt=claimed.attempt,
            scheduled_for=told_by(self.request, "scheduled_for"),
            _protected=int(not self.has_own_call),
        )
        current.begin_run(claimed)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        running = current.of_task(self.request.id) if self.request.id else None
        if running is None or running.in_body:
            return super().__call__(*args, **kwargs)
        try:
            with surroundings(running):
                return self._watched(running)
        except (Ignore, Reject) as predicate:
            self._end(running, predicate)

    def _watched(self, running: Current) -> Any:
        events.body_began.send_robust(JobTask, claim=running.claim)
        try:
            return self._run_body(running)
        except BaseException as error:
            running.error = error
            raise
        finally:
            events.body_ended.send_robust(JobTask, claim=running.claim)

    def _run_body(self, running: Current) -> Any:
        try:
            result = self._call_body(self._resolved(running))
        except SecretUnavailable:
            raise  # until somebody mends it every attempt would end alike
        except Exception as error:
            again = self._again_after(error, running)
            if again is None or again is error:
                raise
            raise again from error
        except BaseException as leaving:  # noqa: BLE001  # only Exception is a failure to Celery
            _leave_by(leaving)
            result = None
        if running.again:
            raise running.again.signal
        return result

    def _resolved(self, running: Current) -> dict[str, Any]:
        """The run's params with the values of the secrets that they name, which from here on are in
        memory alone.
        """
        params = running.claim.params
        if not (names := names_in(params)):
            return params
        values = hand_out(running.claim, names)
        running.give(values)
        found: dict[str, Any] = resolved(params, values)
        kwargs: Any = self.request.kwargs  # the dict that Celery was given at the claim
        kwargs.update(found)  # what Celery gives to on_success and after_return
        return found

    def _call_body(self, params: dict[str, Any]) -> Any:
        arguments = arguments_for(self, params)
        result = super().__call__(**arguments) if self.has_own_call else self.run(**arguments)
        refuse_unfinished(result)
        return result

    def _end(self, running: Current, predicate: Ignore | Reject) -> NoReturn:
        """Record the end of a body that raised Ignore or Reject, for which Celery stores nothing.

        What it said of itself before (``update_state(state="FAILURE")``, then Ignore) counts more.
        """
        message = running.claim.message
        if running.has_finished:
            keep_the_rest(running, states.SUCCESS)
        elif running.declared:
            result, status = running.declared
            self.backend.store_result(message.task_id, result, status, request=self.request)
        else:
            settle(message, covered(outcomes.of_predicate(predicate)))
        raise Ignore

    def _again_after(self, error: Exception, running: Current) -> Retry | None:
        """The retry that follows an error of the body, if one does."""
        if running.again:  # whatever came after it: Celery would have sent the message by now
            return running.again.signal
        if running.has_finished:
            return None
        if isinstance(error, Retry):  # raised by the body itself, without self.retry()
            due = (
                {"eta": error.when}
                if isinstance(error.when, datetime)
                else {"countdown": error.when}
            )
            return self._asked(exc=error.exc, **due)
        if isinstance(error, Reject) and getattr(error, "requeue", False):  # newer than its stubs
            return self._asked(exc=error)
        if isinstance(error, Ignore | Reject) or not self._engine_retries(error):
            return None
        delay = (running.claim.backoff or Backoff()).delay(self.request.retries + 1)
        return self._asked(exc=error, countdown=delay, max_retries=most_retries(self, self.request))

    def _asked(self, **why: Any) -> Retry:
        again: Retry = self.retry(throw=False, **why)
        return again

    def _engine_retries(self, error: Exception) -> bool:
        """Whether the job, or the site for it, asks for retries that the task itself does not
        declare.
        """
        if most_retries(self, self.request) is None or getattr(self, "autoretry_for", None):
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
        """As Celery's, but sends no message: the run goes back to its queue in the database, due
        after the delay.

        The job's own max_retries and back-off win over the task's and over ``countdown`` and
        ``eta``. New ``args`` and ``kwargs`` become the run's params, a new ``queue`` its queue; any
        other option is refused with a TypeError.
        """
        request, running = self.request, self._running()
        if running and running.has_finished:
            raise AlreadyFinished("beatwright.finish() has ended this run: it cannot be retried")
        if running is None:
            return super().retry(args, kwargs, exc, throw, eta, countdown, max_retries, **options)
        limit = self._retry_limit(max_retries)
        if limit is not None and request.retries + 1 > limit:
            _give_up(self, exc)
        changes = changes_for_retry(running, args, kwargs, options)
        delay = self._delay(running, eta, countdown)
        request.update(retry_in=delay)
        again = Retry(exc=exc, when=timezone.now() + timedelta(seconds=delay))
        running.again = Again(again, exc, changes)
        if throw:
            raise again
        return again

    def replace(self, sig: Any) -> Any:
        """Refused in a run, which ends with its own body: another task's end could not be its
        end.
        """
        if self._running() is None:
            return super().replace(sig)
        raise NotReplaceable(
            "self.replace() is not possible in the run of a job: call the other task's "
            "function and return its result,"
            " or send it with .delay() and let it end on its own"
        )

    def _running(self) -> Current | None:
        """The run whose body makes this call; None where Celery's own way is meant."""
        request = self.request
        if (
            told_by(request, "run") is None
            or request.called_directly
            or request.is_eager
            or not request.id
        ):
            return None
        return current.of_task(request.id)

    def _retry_limit(self, max_retries: int | None) -> int | None:
        of_job = told_by(self.request, "max_retries")
        if of_job is not None:
            return int(of_job)
        return self.max_retries if max_retries is None else max_retries

    def _delay(self, running: Current, eta: datetime | None, countdown: float | None) -> float:
        if running.claim.backoff:
            return running.claim.backoff.delay(self.request.retries + 1)
        if eta is not None:
            return max(0.0, (maybe_make_aware(eta, UTC) - timezone.now()).total_seconds())
        return float(self.default_retry_delay if countdown is None else countdown)


def _leave_by(leaving: BaseException) -> None:
    """``sys.exit()`` ends the body, not the pool child; a signal that ends the child is not to be
    stopped.
    """
    if terminate_handler_fired():
        raise leaving
    if type(leaving) is not SystemExit:
        raise RuntimeError(f"the task raised {error_line_of(leaving)}") from leaving
    if leaving.code not in (None, 0):
        raise RuntimeError(f"the task called sys.exit({leaving.code!r})") from leaving


def _give_up(task: JobTask, exc: Exception | None) -> NoReturn:
    if exc is not None:
        raise_with_context(exc)
    raise task.MaxRetriesExceededError(
        f"Can't retry {task.name}[{task.request.id}]: no retry is left"
    )
