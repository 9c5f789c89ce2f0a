"""The Celery app whose tasks can be runs: it puts the run's life cycle in front of each task's own
classes.

The life cycle is named by its path: Django is not ready yet when the app is made.
"""

from __future__ import annotations

import inspect
from typing import Any
from weakref import WeakKeyDictionary

from celery import Celery, Task
from celery.app import backends
from celery.utils.imports import symbol_by_name

from jobs.dispatch.brokers.choice import App

LIFE_CYCLE = "jobs.execution.task:JobTask"
KEEPING_RUNS = "jobs.execution.keeping:keeping_runs"
_composed: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


class JobsApp(App):
    """An ordinary app: ``@shared_task``, ``base=`` with any class of Celery's and class-based tasks
    work as ever.
    """

    def _task_from_fun(self, fun: Any, name: Any = None, base: Any = None, **options: Any) -> Any:  # type: ignore[override]  # its other parameters are options here
        return super()._task_from_fun(
            fun, name=name, base=with_life_cycle(base or self.Task), **options
        )

    def register_task(self, task: Any, **options: Any) -> Any:
        """The instance stays the one that was given, now of a class that has the life cycle as
        well.
        """
        task = task() if inspect.isclass(task) else task
        composed = with_life_cycle(type(task))
        if composed is not type(task):
            task.__class__ = composed
        return super().register_task(task, **options)

    def _get_backend(self) -> Any:
        """The backend that the settings name, which hands the outcomes of runs to ours."""
        by_url: Any = backends.by_url  # a class and a URL, whatever its stubs say
        backend, url = by_url(self.backend_cls or self.conf.result_backend, self.loader)
        keeping: Any = symbol_by_name(KEEPING_RUNS)
        return keeping(backend)(app=self, url=url)


def join(app: Celery) -> None:
    """Make an app that somebody else has made one of ours, whatever its class; twice is once."""
    if isinstance(app, JobsApp):
        return
    if type(app).amqp_cls == app.amqp_cls:  # each app keeps it for itself
        app.amqp_cls = JobsApp.amqp_cls
        vars(app).pop("amqp", None)
    app.__class__ = (
        JobsApp if type(app) is Celery else type(type(app).__name__, (JobsApp, type(app)), {})
    )
    for task in vars(app)["_tasks"].values():
        composed = with_life_cycle(type(task))
        if composed is not type(task):
            task.__class__ = composed


def with_life_cycle(base: Any) -> Any:
    """The class ``base`` with JobTask before everything that it overrides; always the same one."""
    life_cycle: Any = symbol_by_name(LIFE_CYCLE)
    if issubclass(base, life_cycle):
        return base
    if base not in _composed:
        _composed[base] = _compose(life_cycle, base)
    return _composed[base]


def _compose(life_cycle: Any, base: Any) -> Any:
    behind = [each for each in base.__mro__ if each not in {Task, object}]
    body = {
        "abstract": True,
        "has_own_call": any("__call__" in vars(each) for each in behind),
        "__module__": base.__module__,
        "__doc__": base.__doc__,
    }
    return type(base.__name__, (life_cycle, base), body)
