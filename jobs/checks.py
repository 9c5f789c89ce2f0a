"""What ``manage.py check`` says of the jobs that code declares, and ``check --deploy`` of a
production site, beside Django's own.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from celery._state import get_current_app
from django.core.checks import (
    CheckMessage,
    Error,
    Tags,
    Warning,  # noqa: A004  # Django's name
    register,
)
from django.utils import timezone

from jobs import conf
from jobs.declaring.examining import problems_of_declarations
from jobs.importers.files.problems import Problem

_underway: ContextVar[bool] = ContextVar("declarations are being checked", default=False)
SHARED = {
    "message_keys": (
        (
            "the key of this DATA_DIR seals the messages, and processes with another DATA_DIR "
            "refuse them."
        ),
        "Set MESSAGE_KEYS to one long random text for all web servers, schedulers and workers.",
    ),
    "secrets_keys": (
        (
            "the key of this DATA_DIR encrypts secrets, and workers with another DATA_DIR cannot "
            "open them."
        ),
        "Set SECRETS_KEYS, which manage.py secret new-key makes, for all web servers and workers.",
    ),
}


@register(Tags.security, deploy=True)
def keys_are_set(**_: Any) -> list[CheckMessage]:
    """Keys that were made in DATA_DIR are this machine's alone, unless DATA_DIR is shared."""
    return [
        Warning(f"{name.upper()} is not set: {what}", hint=hint, id=f"beatwright.W00{number}")
        for number, (name, (what, hint)) in enumerate(SHARED.items(), start=1)
        if name in conf.get().keys_made_here
    ]


@register()
def declarations_are_right(**_: Any) -> list[CheckMessage]:
    """Without a database: E008 for a module that cannot be imported, E009 for a job that is
    wrong.

    Celery makes all checks whenever it imports a process's tasks. There it is not asked: a worker
    has no use for declarations, and looking a task up imports the tasks in turn.
    """
    if _underway.get() or get_current_app().loader.worker_initialized:
        return []
    token = _underway.set(True)
    try:
        unimportable, wrong = problems_of_declarations(timezone.now())
    finally:
        _underway.reset(token)
    return [
        *(_told(problem, "beatwright.E008") for problem in unimportable),
        *(_told(problem, "beatwright.E009") for problem in wrong),
    ]


def _told(problem: Problem, code: str) -> Error:
    return Error(str(replace(problem, hint="")), hint=problem.hint or None, id=code)
