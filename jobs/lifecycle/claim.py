"""Claiming: a guarded update decides which worker may run a queued run, before its body starts."""

from __future__ import annotations

import logging
import os
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django_celery_results.models import TaskResult

from jobs import conf, events
from jobs.lifecycle.backoff import Backoff
from jobs.lifecycle.connections import LIFECYCLE, TRANSIENT, persist
from jobs.lifecycle.message import Message
from jobs.lifecycle.rows import AttemptMeta, ClaimableRun
from jobs.lifecycle.statements import CLAIMABLE, START
from jobs.lifecycle.texts import shown_arguments
from jobs.models import Run, RunState

WORKER_MAX_CHARACTERS = 100  # TaskResult's column
logger = logging.getLogger(__name__)


class WrongTask(Exception):
    """The message names another task than its run does."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a run once: its attempt, and what the body is to be called with."""

    message: Message
    job_id: uuid.UUID
    attempt: int
    params: dict[str, Any]
    scheduled_for: datetime
    exclusive: bool
    backoff: Backoff | None
    fresh_process: bool = False


def claim(message: Message, *, pid: int | None = None) -> Claim | None:
    """Take the run for this process (``pid``); None if somebody has it, it is over, or the message
    is stale.

    Waits out a database that does not answer for as long as a lease, and a lock for a few seconds,
    because other runs wait for this process; then the message is dropped, and found missing by the
    scheduler. Raises WrongTask.
    """
    began_ns, attempt = time.time_ns(), _Claiming(message, pid)
    try:
        numbers = conf.get()
        patience = 2 * numbers.lock_wait_seconds
        claimed = persist(
            attempt, patience_seconds=numbers.lease_seconds, lock_patience_seconds=patience
        )
    except TRANSIENT:
        logger.exception(
            "message dropped, the run could not be claimed", extra={"run_id": str(message.run_id)}
        )
        return None
    if claimed:
        events.run_claimed.send_robust(
            Run,
            run_id=message.run_id,
            job_id=claimed.job_id,
            attempt=claimed.attempt,
            worker=message.worker,
            began_ns=began_ns,
        )
    else:
        facts = {"run_id": str(message.run_id), "publish": message.publish}
        logger.info("message dropped, %s", attempt.refusal, extra=facts)
    return claimed


class _Claiming:
    """One process's try at a run, repeatable: an update whose answer was lost is recognised as its
    own.

    ``refusal`` says why the last try was in vain.
    """

    def __init__(self, message: Message, pid: int | None = None) -> None:
        self.message = message
        self.pid = pid or os.getpid()
        self.in_doubt = False
        self.refusal = ""

    def __call__(self) -> Claim | None:
        run = CLAIMABLE.fetch(run=self.message.run_id, publish=self.message.publish)
        if run is None:
            # After a restore the broker holds messages of runs, and of publish numbers, that the
            # database never had.
            self.refusal = (
                "there is no run with this message: it has another one by now, or "
                "was deleted or never kept"
            )
            return None
        if run.task != self.message.task_name:
            raise WrongTask(
                f"a message of the run {self.message.run_id} names another task than the run does"
            )
        if run.state == RunState.RUNNING and self.in_doubt and self._is_mine():
            return self._claim(run, run.attempt)
        if run.state != RunState.QUEUED:
            self.refusal = f"its run is {run.state}"
            return None
        self.in_doubt = True
        if self._take(run):
            return self._claim(run, run.attempt + 1)
        self.refusal = "its run may not begin yet, was called back, or has just been taken"
        self._runs().filter(available_at__gt=Now()).unpublish()
        return None

    @property
    def _worker(self) -> str:
        """As the attempt's row can hold it."""
        return self.message.worker[:WORKER_MAX_CHARACTERS]

    def _runs(self) -> Any:
        return Run.objects.using(LIFECYCLE).filter(
            pk=self.message.run_id, publish_count=self.message.publish
        )

    def _take(self, run: ClaimableRun) -> bool:
        message = self.message
        attempt = run.attempt + 1  # exact: each publish number is claimed at most once
        taken = START.execute(
            run=message.run_id,
            publish=message.publish,
            task=message.task_name,
            attempt=attempt,
            worker=message.worker,
            lease=conf.get().lease,
            timeout=run.time_limit,
            task_id=message.task_id,
            job_name=message.job_name,
            attempt_worker=self._worker,
            task_kwargs=shown_arguments(run.params),
            meta=AttemptMeta(message.run_id, attempt, pid=self.pid).text(),
        )
        return bool(taken)

    def _is_mine(self) -> bool:
        """Whether the attempt was started by this very process; a pool child runs one body at a
        time.
        """
        attempts = TaskResult.objects.using(LIFECYCLE).filter(
            task_id=self.message.task_id, worker=self._worker
        )
        meta = AttemptMeta.read(attempts.values_list("meta", flat=True).first())
        return meta is not None and meta.pid == self.pid

    def _claim(self, run: ClaimableRun, attempt: int) -> Claim:
        return Claim(
            message=self.message,
            job_id=run.job_id,
            attempt=attempt,
            params=run.params,
            scheduled_for=run.scheduled_for,
            exclusive=run.exclusive,
            backoff=Backoff.of_job(
                run.retry_backoff_seconds, run.retry_backoff_max_seconds, run.retry_jitter
            ),
            fresh_process=run.fresh_process,
        )
