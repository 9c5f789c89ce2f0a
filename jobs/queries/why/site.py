"""What stands between a queue and its work: pauses, missing workers, unknown tasks, no
scheduler.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from jobs.models import Leader, Queue
from jobs.moments import stamp
from jobs.params import registry
from jobs.queries.attention.alerts import NEVER, silence_of, taken_sentence
from jobs.queries.why.answer import Reason, by_whom
from jobs.queries.workers import Fleet, live_workers


@dataclass
class Site:
    """The surroundings of one queue at one moment, each read at most once: three queries, and only
    when needed.
    """

    queue: str
    now: datetime

    @cached_property
    def row(self) -> Queue | None:
        return Queue.objects.filter(pk=self.queue).first()

    @property
    def pause(self) -> Queue | None:
        return self.row if self.row and self.row.paused_at else None

    @cached_property
    def fleet(self) -> Fleet:
        return live_workers(now=self.now)

    @cached_property
    def leader(self) -> Leader | None:
        return Leader.objects.order_by("-expires_at").first()

    @property
    def silence(self) -> timedelta | None:
        return silence_of(self.leader, now=self.now)

    def obstacles(self, task: str) -> Iterator[Reason]:
        """What keeps the runs of this task in the queue."""
        for reason in (
            self._paused(),
            self._taken(),
            self._unattended() or self._unknown(task),
        ):
            if reason:
                yield reason

    def no_scheduler(self) -> Reason | None:
        """Nobody plans and publishes."""
        if self.silence is None:
            return None
        if self.silence == NEVER or self.leader is None:
            return Reason("scheduler_silent", "No scheduler has ever run here. Start one.")
        since = self.leader.expires_at
        sentence = (
            f"No scheduler has been active since {stamp(since)}, so nothing is planned or sent."
        )
        return Reason("scheduler_silent", sentence, since=since)

    def _paused(self) -> Reason | None:
        row = self.pause
        if row is None:
            return None
        told = by_whom(row.paused_by, row.paused_reason, row.paused_at, row.paused_until)
        facts = {"queue": row.name, "by": row.paused_by, "reason": row.paused_reason}
        return Reason(
            "queue_paused",
            f"The queue {row.name} is paused{told}",
            row.paused_at,
            row.paused_until,
            facts=facts,
        )

    def _taken(self) -> Reason | None:
        row = self.row
        if row is None or row.taken_at is None:
            return None
        told = taken_sentence(row.name, row.taken_by, held=row.held)
        facts = {"queue": row.name, "workers": row.taken_by, "held": row.held}
        return Reason("messages_taken", f"{told[0].upper()}{told[1:]}.", row.taken_at, facts=facts)

    def _unattended(self) -> Reason | None:
        if self.fleet.consumers(self.queue):
            return None
        others = len(self.fleet.workers)
        there = f"live workers on other queues: {others}" if others else "there are no live workers"
        sentence = f"No worker consumes the queue {self.queue}; {there}."
        return Reason("no_consumer", sentence, facts={"queue": self.queue, "live_workers": others})

    def _unknown(self, task: str) -> Reason | None:
        if self.fleet.knows(task, self.queue):
            return None
        why = registry.why_missing(task)
        sentence = (
            f"No live worker of the queue {self.queue} has the task {task}: "
            f"{why or 'deploy it there'}."
        )
        return Reason("task_unknown", sentence, facts={"task": task, "queue": self.queue})
