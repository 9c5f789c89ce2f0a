"""An app of its own for each test that registers tasks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery, Task
from celery._state import get_current_app

from jobs.params.task_modules import import_tasks


class Wrapped(Task):  # type: ignore[type-arg]  # celery's own class takes no subscript at run time
    """Stands for the default task class, by the mark that the registry looks for."""

    runs_jobs = True


@pytest.fixture
def app() -> Iterator[Celery]:
    """The current app, with the shipped tasks; register others with ``shared=False``, or every
    later app has them.
    """
    before = get_current_app()
    import_tasks(before, ["tasks"])  # what is shared is registered with every later app, too
    yield Celery("test", task_cls=Wrapped, set_as_current=True)
    before.set_current()
