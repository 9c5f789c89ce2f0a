"""Attempts that were lost: how often each cause may cost a run its attempt, and the record of each.

Only a process that dies while its worker lives may be the run's own doing, and soon counts as
poison. A worker that dies, or is cut off, takes whatever it runs with it; still a run that keeps
losing workers must end some day: it may be what exhausts their hosts, and its job may wait behind
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from django.db.models.functions import Now

from jobs import conf
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.message import Message
from jobs.lifecycle.rows import HeldRun
from jobs.models import Loss, LostAttempt


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many losses of one cause a run survives; ``column`` counts them."""

    cause: Loss
    column: str
    most: Callable[[conf.Conf], int]

    def counted(self, run: HeldRun) -> dict[str, int]:
        """The column with one more."""
        return {self.column: getattr(run, self.column) + 1}

    def is_used_up(self, counted: Mapping[str, int]) -> bool:
        return counted[self.column] >= self.most(conf.get())

    def told(self, counted: Mapping[str, int]) -> str:
        """The run's reason once it has used them up."""
        times = counted[self.column]
        return f"{self.cause.label} {times} times" if times > 1 else str(self.cause.label)


_ALLOWANCES = {
    allowance.cause: allowance
    for allowance in (
        Allowance(Loss.CHILD, "child_losses", attrgetter("losses_allowed")),
        Allowance(Loss.WORKER, "worker_losses", attrgetter("worker_losses_allowed")),
        Allowance(Loss.LEASE, "lease_losses", attrgetter("lease_losses_allowed")),
    )
}


def allowance_of(cause: Loss) -> Allowance:
    return _ALLOWANCES[cause]


def note_loss(message: Message, cause: Loss, run: HeldRun) -> None:
    """Keep that this attempt was lost; ``run`` is the run as it was while it ran."""
    lease = run.lease_expires_at
    LostAttempt.objects.using(LIFECYCLE).create(
        run_id=message.run_id,
        attempt=run.attempt,
        worker=run.worker,
        cause=cause,
        heard_at=lease - conf.get().lease if lease else Now(),
        lost_at=Now(),
    )
