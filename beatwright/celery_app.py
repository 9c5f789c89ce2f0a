"""``setup(app)``: the project's own Celery app becomes one whose tasks can be runs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from celery import Celery
from celery.signals import import_modules
from django.core.checks import register

from beatwright.checks import app_is_installed
from jobs.execution.app import join
from jobs.execution.consumer.bootsteps import add_steps

SCHEDULER = "jobs.scheduler:JobScheduler"
# What the project's settings may say otherwise.
DEFAULTS = {
    "result_extended": True,
    "broker_connection_retry_on_startup": True,
    "worker_autoscaler": "jobs.execution.consumer.autoscaler:DemandAutoscaler",
}
# What runs rely on: the planner is the scheduler, and a row that was fired is stored as fired.
FIXED = {"beat_scheduler": SCHEDULER, "beat_sync_every": 1}
# The tasks that come along, and the packages that some of them need.
SHIPPED = {
    "tasks.basics": (),
    "tasks.commands": (),
    "tasks.django_task": (),
    "tasks.mail": (),
    "tasks.http": ("httpx",),
}


def setup(app: Celery) -> Celery:
    """Give the app's tasks the life cycle of runs; to be called once, right after ``Celery(…)``.

    Returns the app.

    A task that no run has started is as before: its base class, its result backend, its routes, and
    ``.delay()``.
    """
    join(app)
    app.add_defaults(lambda: DEFAULTS)
    if app.configured:  # type: ignore[attr-defined]  # newer than its stubs
        _fix(app)
    else:
        app.on_after_configure.connect(_fix, weak=False)
    # the current app is kept per thread; a web server's threads would see an empty one
    app.set_default()
    add_steps(app)
    import_modules.connect(_import_shipped, sender=app, weak=False)
    register(app_is_installed)
    return app


def _fix(sender: Celery, **_: Any) -> None:
    sender.conf.update(FIXED)


def _import_shipped(sender: Celery, **_: Any) -> None:
    for module, needs in SHIPPED.items():
        if all(map(find_spec, needs)):
            sender.loader.import_task_module(module)
