"""How a run is written in a message: under a task name that no worker but ours knows.

A stock Celery worker that takes such a message finds no task of its name, and calls nothing. Our
worker looks at the seal and then puts the real name back, so that nothing behind its entrance sees
another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.models.run import is_message_id

WIRE_TASK = "beatwright.run"
PREFIX = "beatwright_"
TASK, RUN, PUBLISH, QUEUE = (f"{PREFIX}{name}" for name in ("task", "run", "publish", "queue"))
# What a message of the version before has under these very names, beside its real task name.
FORMER = (
    "run",
    "publish",
    "queue",
    "scheduled_for",
    "max_retries",
    "backoff",
    "timeout",
    "memory_limit",
    "exclusive",
)

Headers = Mapping[str, Any]


def prefixed(told: Headers) -> dict[str, Any]:
    """As headers whose names cannot be those of a project's own."""
    return {f"{PREFIX}{name}": value for name, value in told.items()}


def told_by(request: object, name: str) -> Any:
    """What the message behind a Celery request (a Context) says of its run; None for a plain
    task's.
    """
    return getattr(request, f"{PREFIX}{name}", None)


def is_of_run(headers: Headers) -> bool:
    """Whether these are headers of a run's message, true or forged."""
    return headers.get(RUN) is not None and headers.get(PUBLISH) is not None


def is_of_former_run(headers: Headers) -> bool:
    """Whether they are as the version before wrote them. A project's own headers may have the same
    names; the id is what only a run's message has.
    """
    names = ("run", "publish")
    return all(headers.get(name) is not None for name in names) and is_message_id(headers.get("id"))


def claims_to_be_run(headers: Headers) -> bool:
    """Whether a message with these headers is a run's or wants to be taken for one."""
    return is_of_run(headers) or is_of_former_run(headers) or headers.get("task") == WIRE_TASK


def unwrapped(headers: Headers) -> dict[str, Any]:
    """The headers of a run's message as Celery is to read them: with the task that the run is of.

    A new dict: what a message was made of is what goes back to the broker if it is not processed.
    Raises ValueError for what neither this version nor the one before has written.
    """
    if is_of_run(headers) and headers.get("task") == WIRE_TASK:
        name = headers.get(TASK)
        if isinstance(name, str):
            return {**headers, "task": name}
    elif not is_of_run(headers) and is_of_former_run(headers):
        return {**headers, **prefixed({name: headers.get(name) for name in FORMER})}
    raise ValueError("it is not as a run's message is written")
