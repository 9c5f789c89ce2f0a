"""The whole of a history that fits into memory, checked at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter

from jobs.history.occurrences import Occurrences
from jobs.history.one_run import RunHistory
from jobs.history.rows import AttemptRow, History, JobRow, LossRow, RunRow
from jobs.history.sweeps import AtWork, Exclusive, Pools
from jobs.history.violation import Violation


def check(history: History) -> list[Violation]:
    """Every promise that these rows show to be broken, by the moment; none where all were kept."""
    return sorted(_Check(history).violations(), key=lambda one: (one.at, one.invariant, one.run))


class _Check:
    def __init__(self, history: History) -> None:
        self.history = history
        self.jobs = {job.id: job for job in history.jobs}
        self.runs = {run.id: run for run in history.runs}
        self.attempts: dict[str, list[AttemptRow]] = defaultdict(list)
        self.losses: dict[str, list[LossRow]] = defaultdict(list)
        for attempt in sorted(history.attempts, key=attrgetter("number", "started")):
            self.attempts[attempt.run].append(attempt)
        for loss in history.losses:
            self.losses[loss.run].append(loss)

    def violations(self) -> Iterator[Violation]:
        for run in self.history.runs:
            one = RunHistory(
                run,
                self.attempts[run.id],
                self.losses[run.id],
                self._job(run.job),
                self.history.bounds,
            )
            yield from one.violations()
        yield from self._occurrences()
        yield from self._sweeps()

    def _job(self, job: str) -> JobRow:
        return self.jobs.get(job) or JobRow(job, job)

    def _occurrences(self) -> Iterator[Violation]:
        records: dict[str, list[RunRow]] = defaultdict(list)
        for run in sorted(self.history.runs, key=attrgetter("scheduled_for", "created_at", "id")):
            if run.trigger == "schedule":
                records[run.job].append(run)
        for expected in self.history.expected:
            yield from Occurrences(
                self._job(expected.job), expected, records[expected.job]
            ).violations()

    def _sweeps(self) -> Iterator[Violation]:
        exclusive = Exclusive(self.history.bounds)
        pools = Pools(self.history.pools, self.history.bounds)
        for attempt in sorted(self.history.attempts, key=attrgetter("started", "id")):
            if run := self.runs.get(attempt.run):
                one = AtWork(run, attempt, self._job(run.job).name)
                yield from exclusive.take(one)
                yield from pools.take(one)
