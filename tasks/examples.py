"""The two sample processors of a message-queue task manager: each takes one text and a list of
texts.
"""

from __future__ import annotations

from typing import Annotated, Any

from celery import shared_task
from celery.utils.log import get_task_logger
from pydantic import Field

logger = get_task_logger(__name__)

TaskParam = Annotated[str, Field(description="A text that goes with every item.")]


@shared_task(name="InvoiceProcessor")
def invoice_processor(
    task_param: TaskParam = "",
    payload: Annotated[
        list[str] | None, Field(description="The customers to write an invoice for.")
    ] = None,
) -> dict[str, Any]:
    """Write an invoice for each customer in the payload.

    Returns ``{"task_param": …, "processed": [names], "count": n}``.
    """
    return _each("invoice for %s", task_param, payload or [])


@shared_task(name="BirthdayProcessor")
def birthday_processor(
    task_param: TaskParam = "",
    payload: Annotated[list[str] | None, Field(description="The people to greet.")] = None,
) -> dict[str, Any]:
    """Greet each person in the payload.

    Returns ``{"task_param": …, "processed": [names], "count": n}``.
    """
    return _each("happy birthday, %s", task_param, payload or [])


def _each(line: str, task_param: str, names: list[str]) -> dict[str, Any]:
    for name in names:
        logger.info(
            f"{line} (%s)" if task_param else line, *((name, task_param) if task_param else (name,))
        )
    return {"task_param": task_param, "processed": names, "count": len(names)}
