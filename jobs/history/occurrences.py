"""A job's due moments beside its records: each has its own run, or is one of those that a skipped
run counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from jobs.history.rows import Expected, JobRow, RunRow
from jobs.history.violation import Invariant, Violation


class Occurrences:
    """Walks both in step, so that neither need be in memory.

    ``records``: scheduled runs by ``scheduled_for``.
    """

    def __init__(self, job: JobRow, expected: Expected, records: Iterable[RunRow]) -> None:
        self.job, self.expected = job, expected
        self._moments = iter(expected.moments)
        self._next = next(self._moments, None)
        self.due = 0  # how many moments were looked at
        self._records = records
        self._accounted: tuple[datetime, str] | None = None  # up to which moment, and by which run

    def violations(self) -> Iterator[Violation]:
        """Only of what lies within the expected stretch."""
        within = self.expected.within
        for run in self._records:
            last = run.skipped_until or run.scheduled_for
            if last < within.since or run.scheduled_for > within.until:
                continue
            yield from self._missing_before(run.scheduled_for)
            yield from self._twice(run)
            yield from self._answered(run, min(last, within.until))
            if self._accounted is None or last > self._accounted[0]:
                self._accounted = last, run.id
        yield from self._missing_before(None)

    def _missing_before(self, moment: datetime | None) -> Iterator[Violation]:
        """One violation for all that are missing in a row."""
        first, last, count = None, None, 0
        for due in self._take(moment, included=False):
            if due not in self.expected.forgiven:
                first, last, count = first or due, due, count + 1
        if first and last:
            more = (
                f", nor for the {count - 1:,} after it up to {last:%Y-%m-%d %H:%M:%S}"
                if count > 1
                else ""
            )
            said = (
                f"it was due at {first:%Y-%m-%d %H:%M:%S} UTC, and there is no record of that{more}"
            )
            yield Violation(
                Invariant.OCCURRENCES, self.job.name, "", first, said, (f"job {self.job.id}",)
            )

    def _twice(self, run: RunRow) -> Iterator[Violation]:
        if self._accounted and run.scheduled_for <= self._accounted[0]:
            said = f"its occurrence of {run.scheduled_for:%Y-%m-%d %H:%M:%S} UTC has another record"
            yield self._about(Invariant.OCCURRENCES, run, said, self._accounted[1])

    def _answered(self, run: RunRow, last: datetime) -> Iterator[Violation]:
        """The moments that this record answers for are taken; they must be those that were due."""
        answered = list(self._take(last, included=True))
        if run.skipped_count:
            yield from self._counted(run, answered)
        elif not answered and not self._is_accounted(run.scheduled_for):
            said = (
                f"it has a run for {run.scheduled_for:%Y-%m-%d %H:%M:%S} UTC, which its "
                "schedule does not mean"
            )
            yield self._about(Invariant.OCCURRENCES, run, said)

    def _counted(self, run: RunRow, answered: list[datetime]) -> Iterator[Violation]:
        within = self.expected.within
        is_whole = (
            run.is_counted_out
            and within.holds(run.scheduled_for)
            and within.holds(run.skipped_until or within.until)
        )
        if not is_whole or run.skipped_count == len(answered):
            return
        said = (
            f"it counts {run.skipped_count:,} occurrences as skipped, and {len(answered):,} "
            "were due in its range"
        )
        yield self._about(Invariant.SKIPS, run, said)

    def _is_accounted(self, moment: datetime) -> bool:
        return self._accounted is not None and moment <= self._accounted[0]

    def _take(self, until: datetime | None, *, included: bool) -> Iterator[datetime]:
        while self._next is not None and (
            until is None or self._next < until or (included and self._next == until)
        ):
            self.due += 1
            yield self._next
            self._next = next(self._moments, None)

    def _about(self, invariant: Invariant, run: RunRow, said: str, other: str = "") -> Violation:
        rows = (f"run {run.id}", *([f"run {other}"] if other else []))
        return Violation(invariant, self.job.name, run.id, run.scheduled_for, said, rows)
