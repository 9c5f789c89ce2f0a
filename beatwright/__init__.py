"""Beatwright in a Django project: what the project imports. Everything else is internal.

    INSTALLED_APPS += ["beatwright"]              # settings.py
    beatwright.setup(app)                         # beside app = Celery(…)
    path("beatwright/", include("beatwright.urls"))   # urls.py

``settings.BEATWRIGHT`` may override any default; ``manage.py check`` says what is missing, and what
to do about it. In the ``schedules.py`` of an app, ``job(…)`` declares jobs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beatwright.calls import enqueue
    from beatwright.celery_app import setup
    from beatwright.made import remove_job, upsert_job
    from jobs.declaring.declaration import job
    from jobs.declaring.when import cron, every, manual, once, rrule
    from jobs.execution.finishing import finish

__all__ = [
    "cron",
    "enqueue",
    "every",
    "finish",
    "job",
    "manual",
    "once",
    "remove_job",
    "rrule",
    "setup",
    "upsert_job",
]
DECLARATION, WHEN, MADE = "jobs.declaring.declaration", "jobs.declaring.when", "beatwright.made"
# Imported when it is asked for: some of it needs Django's models, and pytest loads this package as
# a plug-in, also for tests that have nothing to do with it.
HOMES = {
    "cron": WHEN,
    "enqueue": "beatwright.calls",
    "every": WHEN,
    "finish": "jobs.execution.finishing",
    "job": DECLARATION,
    "manual": WHEN,
    "once": WHEN,
    "remove_job": MADE,
    "rrule": WHEN,
    "setup": "beatwright.celery_app",
    "upsert_job": MADE,
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
