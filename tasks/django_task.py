"""A task of Django's own framework (``django.tasks``, or the package django-tasks before Django 6)
as the body of a run.
"""

from __future__ import annotations

from typing import Annotated, Any

from celery import Task, shared_task
from django.utils.module_loading import import_string
from pydantic import Field

MEMBERS = ("call", "get_backend", "takes_context")


@shared_task(name="DjangoTask", bind=True)
def call_django_task(
    self: Task[..., Any],
    function: Annotated[str, Field(description="The task: orders.tasks.send_receipt.")],
    args: Annotated[list[Any] | None, Field(description="Its arguments by position.")] = None,
    kwargs: Annotated[dict[str, Any] | None, Field(description="Its arguments by name.")] = None,
) -> Any:
    """Call a task of Django's own framework.

    Runs of this task are made by ``task.enqueue(…)``. Returns what the task returns.
    """
    found = import_string(function)
    if not all(hasattr(found, name) for name in MEMBERS):
        raise TypeError(f"{function} is not a task of Django's framework")
    given = [*(args or ())]
    if found.takes_context:
        given.insert(0, found.get_backend().context_of(self.request.id))
    return found.call(*given, **(kwargs or {}))
