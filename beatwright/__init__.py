"""Beatwright in a Django project: what the project imports. Everything else is internal.

    INSTALLED_APPS += ["beatwright"]              # settings.py
    beatwright.setup(app)                         # beside app = Celery(…)
    path("beatwright/", include("beatwright.urls"))   # urls.py

``settings.BEATWRIGHT`` may override any default; ``manage.py check`` says what is missing, and what
to do about it. In the ``schedules.py`` of an app, ``job(…)`` declares jobs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from beatwright.celery_app import setup
from jobs.declaring.declaration import job
from jobs.declaring.when import cron, every, manual, once, rrule

if TYPE_CHECKING:
    from beatwright.made import remove_job, upsert_job

__all__ = [
    "cron",
    "every",
    "job",
    "manual",
    "once",
    "remove_job",
    "rrule",
    "setup",
    "upsert_job",
]
# What needs the models, which are there only once all apps are.
LATER = {"remove_job": "beatwright.made", "upsert_job": "beatwright.made"}


def __getattr__(name: str) -> Any:
    """Import what needs the models when somebody asks for it."""
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(LATER[name]), name)
