"""What a history is made of: just the columns that decide. All moments are aware; ids are text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FINAL = frozenset({"succeeded", "failed", "timed_out", "cancelled", "skipped"})
# Endings by which an attempt was taken from its body: what the body went on to do counts for
# nothing.
TAKEN_AWAY = frozenset({"lost", "released", "cancelled", "timed_out"})
RESOURCES = ("cpu", "memory", "storage")


@dataclass(frozen=True, slots=True)
class JobRow:
    """``max_retries`` None: as the task says.

    It, and whatever else a job says, has held since ``unchanged_since``.
    """

    id: str
    name: str
    max_retries: int | None = None
    unchanged_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One record of an occurrence. ``attempts``: the starts that it counts itself."""

    id: str
    job: str
    state: str
    scheduled_for: datetime
    created_at: datetime
    trigger: str = "schedule"
    finished_at: datetime | None = None
    lease_expires_at: datetime | None = None
    attempts: int = 0
    failures: int = 0
    losses: int = 0
    losses_by_cause: int = 0
    exclusive: bool = False
    pool: str = ""
    cpu: int = 0
    memory: int = 0
    storage: int = 0
    has_cause: bool = False
    is_resolved: bool = False
    skipped_until: datetime | None = None
    skipped_count: int = 0
    is_counted_out: bool = True

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def is_dead_letter(self) -> bool:
        return self.state in {"failed", "timed_out"} and not self.is_resolved


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One start of a run. ``ended`` None and ``outcome`` empty: it has not ended.

    ``is_late``: its body came to an end after it had been taken from it.
    """

    id: str
    run: str
    number: int
    started: datetime
    ended: datetime | None = None
    outcome: str = ""
    is_late: bool = False

    @property
    def is_taken_away(self) -> bool:
        return self.outcome in TAKEN_AWAY


@dataclass(frozen=True, slots=True)
class LossRow:
    """An attempt that was lost, and why."""

    run: str
    attempt: int
    cause: str
    lost_at: datetime


@dataclass(frozen=True, slots=True)
class PoolRow:
    """The limits of a pool from ``since`` to ``until``; None limits nothing, and so does a pool
    that is not there.
    """

    name: str
    since: datetime | None = None
    until: datetime | None = None
    slots: int | None = None
    cpu: int | None = None
    memory: int | None = None
    storage: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``since`` to ``until``, both included."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment <= self.until


@dataclass(frozen=True, slots=True)
class Expected:
    """The moments at which a job was due within a stretch, ascending; ``forgiven``: those whose run
    was deleted.
    """

    job: str
    within: Stretch
    moments: Iterable[datetime]
    forgiven: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class Bounds:
    """When it is now, and from when on what has not happened by itself is a violation.

    ``leaseless_after``: a running run whose lease ran out longer ago than this should have been
    recovered; None where nobody was there to recover it. ``lived_twice``: what the database's clock
    went back over; of two moments in there nobody knows which came first. ``steps``: when it
    jumped, as a scheduler noted it; what was at work then may have any end.
    """

    now: datetime
    leaseless_after: timedelta | None = None
    lived_twice: Sequence[Stretch] = ()
    steps: Sequence[datetime] = ()

    def is_doubtful(self, *moments: datetime) -> bool:
        is_stepped = any(min(moments) <= step <= max(moments) for step in self.steps)
        return is_stepped or any(
            stretch.holds(moment) for stretch in self.lived_twice for moment in moments
        )


@dataclass(frozen=True)
class History:
    """All of it, in any order; ``expected`` for those jobs of which it can be said."""

    bounds: Bounds
    jobs: Sequence[JobRow] = ()
    runs: Sequence[RunRow] = ()
    attempts: Sequence[AttemptRow] = ()
    losses: Sequence[LossRow] = ()
    pools: Sequence[PoolRow] = ()
    expected: Sequence[Expected] = field(default=())
