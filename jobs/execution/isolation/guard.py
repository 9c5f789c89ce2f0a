"""What stands between a body and the worker's main process: nothing that a body raises may reach
its event loop.

Celery hands the exception itself over, pickled. One that cannot be read there ends the worker; so
does a MemoryError, which Celery's main process raises again. And what is not an Exception leaves
Celery's tracer without a record.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from billiard.common import terminate_handler_fired  # type: ignore[attr-defined]  # newer than its stubs
from billiard.einfo import ExceptionInfo, ExceptionWithTraceback  # type: ignore[attr-defined]  # newer than its stubs
from celery import states
from celery.app.task import Context
from celery.app.trace import TraceInfo, trace_ok_t
from celery.exceptions import Ignore, Reject, Retry
from kombu.utils.encoding import safe_repr

from jobs.execution import current
from jobs.execution.exceptions import error_line_of
from jobs.execution.outcome import secret_values

SIGNS = ("celery.exceptions", "jobs.execution.request")
Tracer = Callable[..., Any]


class Reported(Exception):
    """An exception of a body as the main process gets it: its representation, which is all it has a
    use for.
    """

    def __repr__(self) -> str:
        return str(self)


def guard_tracers(tasks: Iterable[Any]) -> None:
    """Guard the tracers of these tasks; call in a pool child, once Celery has built them."""
    for task in tasks:
        if task.__trace__ is not None:
            task.__trace__ = guarded(task, task.__trace__)


def guarded(task: Any, tracer: Tracer) -> Tracer:
    """The same tracer, which hands out no exception but Celery's own signs, and raises none."""

    @functools.wraps(tracer)
    def trace(uuid: str, args: Any, kwargs: Any, request: Any = None) -> Any:
        try:
            traced = tracer(uuid, args, kwargs, request)
        except Reject:
            raise
        except BaseException as error:
            if terminate_handler_fired():
                raise  # the pool child is being stopped
            context = Context(request or {}, id=uuid, args=args, kwargs=kwargs)
            return trace_ok_t(_escaped(task, error, context), TraceInfo(states.FAILURE), 0.0, None)
        return traced._replace(retval=reported(traced.retval)) if traced.info else traced

    return trace


def reported(info: Any) -> Any:
    """Celery's record of an exception, fit to be unpickled anywhere."""
    error = info.exception
    if isinstance(error, ExceptionWithTraceback):
        error = error.exc
    info.exception = _told(error)
    info.type, info.tb = type(info.exception), None
    return info


def _told(error: BaseException) -> BaseException:
    """Celery's own signs, by which the main process goes, are kept; with what a body has put into
    them as text.
    """
    if isinstance(error, Retry):
        excs = getattr(error, "excs", None)  # newer than its stubs
        return Retry(
            error.message, Reported(secret_values.text(str(excs))) if excs else None, error.when
        )
    if isinstance(error, Reject):
        return Reject(
            secret_values.text(safe_repr(getattr(error, "reason", None))),
            bool(getattr(error, "requeue", False)),
        )
    if isinstance(error, Ignore):
        return type(error)() if type(error).__module__ in SIGNS else Ignore()
    return Reported(secret_values.text(safe_repr(error)))


def _escaped(task: Any, error: BaseException, context: Any) -> Any:
    """What Celery lets through: it comes from around the body, or from the body of a plain task."""
    info = ExceptionInfo((type(error), error, error.__traceback__))
    running = current.of_task(context.id)
    if running is None or not running.is_over:
        failure = RuntimeError(f"the task raised {error_line_of(error)}")
        task.backend.mark_as_failure(context.id, failure, info.traceback, request=context)
    return reported(info)
