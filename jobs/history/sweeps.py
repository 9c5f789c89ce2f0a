"""Who was at work beside whom: attempts in the order of their starts, and what was still at work at
each of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from jobs.history.rows import RESOURCES, AttemptRow, Bounds, PoolRow, RunRow
from jobs.history.violation import Invariant, Violation

# What a clock that is being corrected makes of one that hands over to the next.
HAIR = timedelta(milliseconds=100)
MOST_TOLD = 20  # of one pool: one that is over-full stays so for many starts


@dataclass(frozen=True, slots=True)
class AtWork:
    """An attempt of a run, and its job's name. Its end is not known before it ended."""

    run: RunRow
    attempt: AttemptRow
    job: str

    @property
    def end(self) -> datetime | None:
        """None while it is at work.

        One that nobody ended, of a run that went on, is known for its start alone.
        """
        if self.attempt.ended or (
            self.run.state == "running" and self.attempt.number == self.run.attempts
        ):
            return self.attempt.ended
        return self.attempt.started

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Its start, and its end where it has one."""
        return (self.attempt.started, self.end) if self.end else (self.attempt.started,)

    def is_at_work(self, moment: datetime) -> bool:
        """Whether it is, clearly, at a moment after its start."""
        return self.end is None or self.end > moment + HAIR

    @property
    def rows(self) -> tuple[str, str]:
        return f"run {self.run.id}", f"attempt {self.attempt.id}"


class Exclusive:
    """Runs of one job that may not overlap do not.

    Each attempt is taken once, in the order of the starts.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._latest: dict[str, AtWork] = {}

    def take(self, one: AtWork) -> Iterator[Violation]:
        if not one.run.exclusive:
            return
        earlier, start = self._latest.get(one.run.job), one.attempt.started
        if earlier is None or not earlier.is_at_work(start):
            self._latest[one.run.job] = one
            return
        if earlier.run.id != one.run.id and not self.bounds.is_doubtful(start, *earlier.moments):
            until = f"until {earlier.end:%H:%M:%S.%f}" if earlier.end else "still"
            said = (
                f"it began while run {earlier.run.id} was at work ({until}), and they may "
                "not overlap"
            )
            rows = (*one.rows, *earlier.rows)
            yield Violation(Invariant.EXCLUSIVE, one.job, one.run.id, start, said, rows)
        if earlier.end and (one.end is None or one.end > earlier.end):
            self._latest[one.run.job] = one


class Pools:
    """What runs of a pool take together never exceeds its limits.

    Each attempt is taken once, in that order.

    The last run to be admitted was admitted after each of the others had been written: where a
    limit has changed since then, the largest one counts.
    """

    def __init__(self, limits: Sequence[PoolRow], bounds: Bounds) -> None:
        self.bounds = bounds
        self._limits: dict[str, list[PoolRow]] = defaultdict(list)
        for row in limits:
            self._limits[row.name].append(row)
        self._at_work: dict[str, list[AtWork]] = defaultdict(list)
        self._told: dict[str, int] = defaultdict(int)

    def take(self, one: AtWork) -> Iterator[Violation]:
        pool = one.run.pool
        if not pool or pool not in self._limits:
            return
        start = one.attempt.started
        still = [
            other
            for other in self._at_work[pool]
            if other.is_at_work(start) and other.run.id != one.run.id
        ]
        members = self._at_work[pool] = [*still, one]
        if self._told[pool] < MOST_TOLD and not self.bounds.is_doubtful(
            *chain.from_iterable(each.moments for each in members)
        ):
            for violation in self._over_full(pool, members, start):
                self._told[pool] += 1
                yield violation

    def _over_full(self, pool: str, members: list[AtWork], start: datetime) -> Iterator[Violation]:
        admitted_after = max(each.run.created_at for each in members)
        in_force = [row for row in self._limits[pool] if _overlaps(row, admitted_after, start)]
        for what, used in _taken(members).items():
            limits = [getattr(row, what) for row in in_force]
            if not limits or None in limits or used <= max(limits):
                continue
            last = members[-1]
            said = (
                f"{used:,} of {max(limits):,} {what} of the pool {pool} were in use when it began"
            )
            rows = tuple(row for each in members[-10:] for row in each.rows)
            yield Violation(Invariant.POOL, last.job, last.run.id, start, said, rows)


def _taken(members: Sequence[AtWork]) -> dict[str, int]:
    return {"slots": len(members)} | {
        what: sum(getattr(each.run, what) for each in members) for what in RESOURCES
    }


def _overlaps(row: PoolRow, since: datetime, until: datetime) -> bool:
    return (row.since is None or row.since <= until) and (
        row.until is None or row.until >= min(since, until)
    )
