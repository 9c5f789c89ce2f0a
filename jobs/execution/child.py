"""A pool child's beginnings: its own process group, its log capture, its reporter."""

from __future__ import annotations

import os
from typing import Any

from celery import current_app, signals

from jobs import conf, events
from jobs.database import sessions
from jobs.database.deadlines import answer_within
from jobs.execution.isolation import family, forks, guard
from jobs.execution.outcome import capture, printing
from jobs.execution.outcome.reporter import Reporter
from jobs.execution.outcome.settle import outcome_writer
from jobs.execution.slots import Stage, board
from jobs.execution.worker.child_turnover import leaving
from jobs.lifecycle.connections import LIFECYCLE
from jobs.logs import context
from jobs.private import let_bodies_share


def listen() -> None:
    """Prepare every pool child that this process forks from now on."""
    sessions.bodies_run_here()
    signals.worker_process_init.connect(_prepare, dispatch_uid="jobs.execution.child")
    signals.task_prerun.connect(_begins, dispatch_uid="jobs.execution.child")
    signals.task_postrun.connect(_over, dispatch_uid="jobs.execution.child")


def _prepare(**_: object) -> None:
    if outcome_writer.is_on_duty():
        outcome_writer.leave_post()  # the solo pool: bodies run in the main process
    else:
        let_bodies_share()
        os.setpgid(0, 0)  # a time limit or a fence kills what the body started, too
        family.adopt_orphans()
    answer_within(conf.get().child_answer_seconds, alias=LIFECYCLE)
    board.take_slot()
    events.database_awaited.connect(_waits, dispatch_uid="jobs.execution.child")
    printing.capture_prints()
    capture.capture_logs()
    capture.stay()
    guard.guard_tracers(current_app.tasks.values())
    forks.allow()
    leaving.prepare()
    Reporter().start()


def _waits(**_: object) -> None:
    """A database that is away keeps a claim or a finish, and that is no reason to take the child
    for stuck.
    """
    board.beat()


def _over(**_: object) -> None:
    """Celery has logged how the task ended: what comes now is no longer about it."""
    context.unbind()
    board.enter(Stage.IDLE)


def _begins(args: Any, kwargs: Any, **_: object) -> None:
    """A plain task's body begins; a run has to be claimed first."""
    context.bind([list(args), kwargs])
    board.enter(Stage.BODY)
