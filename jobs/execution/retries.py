"""When a run is to start again that was ended from outside for its own doing: as its job or its
task has it.

Inside of a body Celery and ``JobTask`` see to that. Here there is no body any more, and the main
process decides by what the message and the task say.
"""

from __future__ import annotations

from typing import Any

from celery.utils.time import get_exponential_backoff_interval

from jobs import conf
from jobs.dispatch.messages.wire import told_by
from jobs.lifecycle.backoff import Backoff

CELERYS_LONGEST_SECONDS = 600


def retry_in(request: Any, error: type[Exception] = MemoryError) -> float | None:
    """Seconds to the next attempt, as for a body that raised ``error``; None if there is none.

    ``request`` is the message in the main process's hands. One that was forged asks for nothing.
    """
    try:
        return _retry_in(request, error)
    except (TypeError, ValueError):
        return None


def most_retries(task: Any, context: Any) -> int | None:
    """How many retries the job asks for, or the site where neither the job nor the task says; None
    where nobody does.

    ``context``: the request of a body, or the message in the main process's hands.
    """
    of_job = told_by(context, "max_retries")
    if of_job is not None:
        return int(of_job)
    return None if _kinds(task, "autoretry_for") else conf.get().default_max_retries or None


def _retry_in(request: Any, error: type[Exception]) -> float | None:
    task, context = request.task, request._context
    of_job, declared = most_retries(task, context), _kinds(task, "autoretry_for")
    if issubclass(error, _kinds(task, "dont_autoretry_for")):
        return None
    if not issubclass(error, declared) if declared else not of_job:
        return None
    number = int(getattr(context, "retries", 0) or 0) + 1
    most = _of_task(task, "max_retries", task.max_retries) if of_job is None else of_job
    return _delay(task, context, number) if most is None or number <= most else None


def _delay(task: Any, context: Any, number: int) -> float:
    """The job's, or what Celery would have waited."""
    told = told_by(context, "backoff")
    backoff = Backoff.of_job(*told) if isinstance(told, list) else None
    if backoff is None and not _kinds(task, "autoretry_for"):
        backoff = Backoff()
    if backoff:
        return backoff.delay(number)
    if not getattr(task, "retry_backoff", False):
        return float(_of_task(task, "countdown", task.default_retry_delay))
    interval: float = get_exponential_backoff_interval(
        factor=int(max(1.0, task.retry_backoff)),
        retries=number - 1,
        maximum=int(getattr(task, "retry_backoff_max", CELERYS_LONGEST_SECONDS)),
        full_jitter=getattr(task, "retry_jitter", True),
    )
    return interval


def _kinds(task: Any, option: str) -> tuple[type[BaseException], ...]:
    return tuple(getattr(task, option, None) or ())


def _of_task(task: Any, name: str, otherwise: Any) -> Any:
    return (getattr(task, "retry_kwargs", None) or {}).get(name, otherwise)
