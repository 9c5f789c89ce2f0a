"""Who may say which command a job runs: a permission of its own, as the command has the worker's
rights.
"""

from __future__ import annotations

from typing import Any

from jobs.access.actor import Actor
from jobs.models import Job
from jobs.params.registry import COMMAND


def require_command(actor: Actor, job: Job, *, params: dict[str, Any] | None) -> None:
    """Raise Forbidden where ``params`` would have the job run another command than its own, without
    the permission.
    """
    if job.task == COMMAND and params is not None and params != job.params:
        actor.require("beatwright.command_job", job)


def require_command_edit(actor: Actor, task: str) -> None:
    """The same for saving a job of this task."""
    if task == COMMAND:
        actor.require("beatwright.command_job")
