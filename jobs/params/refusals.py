"""What a Celery task may say that the run of a job cannot keep: such a task cannot be a job, and is
told why.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from celery import Task

from jobs.params.signature import AnyTask

# A run is not sent by its task, ends with its own body, and is stored by the engine's backend.
NOT_REPLACEABLE = {
    "apply_async": "the scheduler publishes runs",
    "retry": "the database retries runs",
    "replace": "a run ends when its own body ends",
    "Request": "the worker needs its own",
    "Strategy": "the worker needs its own",
    "backend": "the engine's own backend stores the outcome of a run",
}


def refusal_of(task: AnyTask) -> str:
    """Why the task cannot be a job, whatever its params; empty where nothing stands in the way."""
    if not getattr(type(task), "runs_jobs", False):
        return (
            f"its class {type(task).__mro__[1].__qualname__} is not built on the default "
            "task class (see base=)"
        )
    return _refused_function(function_of(task)) or _refused_option(task) or _refused_class(task)


def function_of(task: AnyTask) -> Callable[..., Any]:
    """The function as its author wrote it: what Celery and the engine call has their wrappers
    around it.
    """
    written: Any = getattr(task, "_decorated_fun", None)  # a class-based task has none
    function: Callable[..., Any] = written or getattr(task.run, "__wrapped__", task.run)
    return function


def _refused_function(function: Callable[..., Any]) -> str:
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        return (
            "its function is a generator, but nothing consumes what it yields; return a "
            "value instead, such as a list"
        )
    return ""


def _refused_option(task: AnyTask) -> str:
    if task.rate_limit:
        limit = (
            f"its rate_limit={task.rate_limit!r} applies to each worker separately and "
            "blocks the runs behind it"
        )
        return f"{limit}; remove it, and use a pool with that many slots instead"
    if task.expires:
        return (
            f"its expires={task.expires!r} applies to messages, but runs wait in the "
            "database; remove it"
        )
    return ""


def _refused_class(task: AnyTask) -> str:
    for each in type(task).__mro__:
        if each is Task:
            break
        if "runs_jobs" in vars(each):
            continue  # the life cycle itself
        for name in NOT_REPLACEABLE.keys() & vars(each).keys():
            return f"its class {each.__qualname__} overrides {name}, but {NOT_REPLACEABLE[name]}"
    return ""
