"""Tasks for a first try: log a line, echo the params, sleep for a while."""

from __future__ import annotations

import logging
import time
from typing import Annotated, Any, Literal

from celery import Task, shared_task
from celery.utils.log import get_task_logger
from pydantic import Field

logger = get_task_logger(__name__)

LONGEST_SLEEP_SECONDS = 86_400
SLICE_SECONDS = 0.25
PROGRESS_EVERY_SECONDS = 1.0


@shared_task(name="LogTask")
def log_task(
    message: Annotated[str, Field(description="The line to log.")],
    level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="How loud.")
    ] = "info",
) -> dict[str, str]:
    """Log a message.

    Returns what was logged: ``{"message": …, "level": …}``.
    """
    if not isinstance(message, str):
        raise TypeError(f"LogTask needs a string 'message', not {type(message).__name__}")
    logger.log(logging.getLevelNamesMapping()[level.upper()], "%s", message)
    return {"message": message, "level": level}


@shared_task(name="EchoTask")
def echo_task(**params: Any) -> dict[str, Any]:
    """Return the params as they came.

    Takes any params; handy for trying out a schedule, a queue or a policy.
    """
    logger.info("echo %s", ", ".join(sorted(params)) or "nothing")
    return params


@shared_task(name="Sleep", bind=True)
def sleep(
    self: Task[..., Any],
    seconds: Annotated[
        float, Field(ge=0, le=LONGEST_SLEEP_SECONDS, description="How long, at most a day.")
    ] = 1.0,
) -> dict[str, float]:
    """Sleep for some seconds, reporting progress once a second.

    Sleeps in short slices, so that a cancel, a timeout or a stop is noticed at once. Returns
    ``{"slept": seconds}``.
    """
    started = time.monotonic()
    reported = started
    while (left := started + seconds - time.monotonic()) > 0:
        time.sleep(min(SLICE_SECONDS, left))
        now = time.monotonic()
        if now - reported >= PROGRESS_EVERY_SECONDS:
            reported = now
            _report(self, min(now - started, seconds), seconds)
    return {"slept": round(time.monotonic() - started, 3)}


def _report(task: Task[..., Any], current: float, total: float) -> None:
    """Tell the result backend how far we are; outside a worker there is nobody to tell."""
    if task.request.id and not task.request.is_eager:
        task.update_state(state="PROGRESS", meta={"current": round(current, 1), "total": total})
