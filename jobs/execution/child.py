"""A pool child's beginnings: its own process group, its log capture, its reporter."""

from __future__ import annotations

import os

from celery import current_app, signals

from jobs import log_context
from jobs.execution import capture, forks, guard, printing
from jobs.execution.reporter import Reporter
from jobs.execution.settle import clerk


def listen() -> None:
    """Prepare every pool child that this process forks from now on."""
    signals.worker_process_init.connect(_prepare, dispatch_uid="jobs.execution.child")
    signals.task_postrun.connect(_over, dispatch_uid="jobs.execution.child")


def _prepare(**_: object) -> None:
    if clerk.is_on_duty():
        clerk.leave_post()  # the solo pool: bodies run in the main process
    else:
        os.setpgid(0, 0)  # a time limit or a fence kills what the body started, too
    printing.install()
    capture.install()
    capture.stay()
    guard.install(current_app.tasks.values())
    forks.allow()
    Reporter().start()


def _over(**_: object) -> None:
    """Celery has logged how the task ended: what comes now is no longer about it."""
    log_context.unbind()
