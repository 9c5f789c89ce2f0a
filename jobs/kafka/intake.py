"""From a message to the ledger: each is one run, whoever reads it and how often.

A message that can be no run is kept aside: as a run of the task KafkaAside, which fails with the
reason. So it stands among the dead letters with all that it says, wherever people look at those,
and the topic is read on.
"""

from __future__ import annotations

import enum
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.access.actor import Actor, Surface
from jobs.actions.jobs import create_job
from jobs.actions.runs.run import run_now
from jobs.errors import DomainError, NameTaken
from jobs.kafka.messages import Received, Unfit, asked_by
from jobs.models import Job, Trigger

logger = logging.getLogger(__name__)

ASIDE_TASK = "KafkaAside"
# No more than it takes: in particular not which command a job runs.
RIGHTS = frozenset({"beatwright.run_job"})


class TakenAs(enum.Enum):
    """What has become of a message."""

    RUN = "run"
    KNOWN = "known"
    ASIDE = "aside"


@dataclass(frozen=True)
class Intake:
    """Of one topic: every message is a run of ``job``, or names its job itself; only jobs with one
    of ``tags``.
    """

    topic: str
    job: str = ""
    tags: frozenset[str] | None = None

    def take(self, message: Received, *, now: datetime) -> TakenAs:
        """Make the message's run, unless it was made before.

        Safe to repeat; raises the database's errors.
        """
        try:
            made = self._run(message, now)
        except DomainError as error:
            self._keep_aside(message, str(error), now)
            return TakenAs.ASIDE
        return TakenAs.RUN if made else TakenAs.KNOWN

    def _run(self, message: Received, now: datetime) -> bool:
        asked = asked_by(message, self.job)
        job = Job.objects.filter(name=asked.job, archived_at=None).first()
        if job is None:
            raise Unfit(f"there is no job {asked.job[:200]!r}")
        if asked.task not in {"", job.task}:
            raise Unfit(
                f"its taskName is {asked.task[:200]!r}, but the job {job.name!r} has the task "
                f"{job.task!r}"
            )
        actor = Actor(f"kafka:{self.topic}", Surface.SYSTEM, RIGHTS, self.tags)
        return self._made(job, message, asked.params, actor, now)

    def _keep_aside(self, message: Received, reason: str, now: datetime) -> None:
        logger.warning("message %s is kept aside: %s", message, reason)
        actor = Actor(f"kafka:{self.topic}", Surface.SYSTEM)
        params = message.shown() | {"reason": reason[:500]}
        self._made(self._aside(actor, now), message, params, actor, now)

    def _made(
        self,
        job: Job,
        message: Received,
        params: dict[str, Any] | None,
        actor: Actor,
        now: datetime,
    ) -> bool:
        """Whether the run was not there before."""
        key = message.occurrence
        return run_now(
            job, params=params, actor=actor, now=now, trigger=Trigger.KAFKA, message=key
        ).created

    def _aside(self, actor: Actor, now: datetime) -> Job:
        """The job whose dead letters they are; made when the first one comes."""
        name = f"kafka-aside {self.topic}"[:200]
        for _ in range(2):
            if job := Job.objects.filter(name=name, archived_at=None).first():
                return job
            values = {
                "name": name,
                "task": ASIDE_TASK,
                "schedule": "@manual",
                "description": f"Messages of the topic {self.topic} that can be no run, each a "
                "dead letter.",
                "params": {"reason": "none"},
            }
            try:
                return create_job(values, actor=actor, now=now)
            except NameTaken:  # another consumer was quicker
                continue
        raise RuntimeError(f"the job {name!r} is neither there nor can it be made")
