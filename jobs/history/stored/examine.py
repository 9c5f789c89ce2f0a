"""The whole look: runs one by one, what was at work beside what, occurrences job by job."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from operator import attrgetter

from django.db.models import Q

from jobs.history.occurrences import Occurrences
from jobs.history.one_run import RunHistory
from jobs.history.rows import AttemptRow, Bounds, JobRow, LossRow, RunRow
from jobs.history.stored.clock import clock_jumps, lived_twice
from jobs.history.stored.due import Due
from jobs.history.stored.pools import limits
from jobs.history.stored.report import Report, Unjudged
from jobs.history.stored.rows import attempt_row, attempts_of, losses_of, run_columns, run_row
from jobs.history.stored.scope import OutOfTime, Scope
from jobs.history.stored.snapshot import snapshot
from jobs.history.stored.walks import Page, attempts_since, records_of, runs_since
from jobs.history.sweeps import AtWork, Exclusive, Pools
from jobs.history.violation import Violation
from jobs.models import Job, JobState, Leader, Run

JOBS_AT_ONCE = 200


def examine(scope: Scope) -> Report:
    """Check what the database holds since ``scope.since``; raises the database's errors."""
    report = Report(scope.since, scope.now)
    with snapshot():
        try:
            Look(scope, report).take()
        except OutOfTime:
            report.is_complete = False
    return report


class Look:
    """One look inside a snapshot; what it finds goes to ``report`` as it goes on."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self.scope, self.report, self.unjudged = scope, report, Unjudged()
        self.jobs = _jobs(scope)
        self.bounds = Bounds(
            scope.now, _leaseless_after(scope), lived_twice(scope), clock_jumps(scope)
        )
        report.jobs = len(self.jobs)

    def take(self) -> None:
        try:
            self._take()
        finally:
            self.report.unjudged += [*_clock_told(self.bounds), *self.unjudged.sentences()]

    def _take(self) -> None:
        for page in runs_since(self.scope):
            self.report.add(self._one_by_one(page))
        self.report.add(self._beside_each_other())
        self._accounted_for()
        if free := sum(job.max_retries is None for job in self.jobs.values()):
            self.report.unjudged.append(
                f"retries of {free:,} jobs, whose tasks say how many there may be"
            )

    def _job(self, run: RunRow) -> JobRow:
        return self.jobs.get(uuid.UUID(run.job)) or JobRow(run.job, run.job)

    def _one_by_one(self, page: Page) -> Iterator[Violation]:
        attempts: dict[str, list[AttemptRow]] = defaultdict(list)
        losses: dict[str, list[LossRow]] = defaultdict(list)
        for attempt in sorted(attempts_of(page), key=attrgetter("number", "started")):
            attempts[attempt.run].append(attempt)
            self.report.attempts += 1
        for loss in losses_of([row["id"] for row in page if row["attempt"] or row["losses"]]):
            losses[loss.run].append(loss)
        for run in map(run_row, page):
            self.report.runs += 1
            yield from RunHistory(
                run, attempts[run.id], losses[run.id], self._job(run), self.bounds
            ).violations()

    def _beside_each_other(self) -> Iterator[Violation]:
        if not Run.objects.filter(_SHARED).exists():
            return
        exclusive, pools = Exclusive(self.bounds), Pools(limits(), self.bounds)
        for page in attempts_since(self.scope):
            for one in self._at_work(page):
                yield from exclusive.take(one)
                yield from pools.take(one)

    def _at_work(self, page: Page) -> Iterator[AtWork]:
        attempts = [attempt for attempt in map(attempt_row, page) if attempt]
        shared = Run.objects.filter(_SHARED, pk__in={attempt.run for attempt in attempts})
        runs = {run.id: run for run in map(run_row, run_columns(shared))}
        for attempt in attempts:
            if run := runs.get(attempt.run):
                name = self._job(run).name
                if run.exclusive and attempt.is_late:
                    self.unjudged.note(
                        "whether two were at work at once, as a body went on when it was taken "
                        "away",
                        name,
                    )
                yield AtWork(run, attempt, name)

    def _accounted_for(self) -> None:
        due = Due(self.scope, self.unjudged)
        for state in _states():
            self.scope.check_time()
            try:
                self._occurrences(state, due)
            except (
                ValueError,
                TypeError,
                OverflowError,
            ) as error:  # one odd job keeps none of the others out
                self.unjudged.note(
                    f"not to be read ({type(error).__name__}: {error})", state.job.name
                )

    def _occurrences(self, state: JobState, due: Due) -> None:
        expected = due.expected(state.job, state)
        if expected is None:
            return
        records = map(run_row, records_of(self.scope, state.job_id, expected.within.since))
        occurrences = Occurrences(self.jobs[state.job_id], expected, records)
        self.report.add(occurrences.violations())
        self.report.occurrences += occurrences.due


_SHARED = Q(exclusive=True) | ~Q(pool="")  # runs that are not alone in what they take


def _jobs(scope: Scope) -> dict[uuid.UUID, JobRow]:
    rows = Job.objects.order_by().values_list("id", "name", "max_retries", "updated_at")
    return {
        row[0]: JobRow(str(row[0]), row[1], row[2], row[3] + scope.margin)
        for row in rows.iterator()
    }


def _states() -> Iterator[JobState]:
    after = uuid.UUID(int=0)
    states = JobState.objects.select_related("job").defer(
        "job__params", "job__metadata", "job__description"
    )
    while page := list(states.filter(job_id__gt=after).order_by("job_id")[:JOBS_AT_ONCE]):
        yield from page
        after = page[-1].job_id


def _leaseless_after(scope: Scope) -> timedelta | None:
    """None unless a scheduler has led for long enough to find every lost run."""
    leader, allowance = Leader.objects.order_by("-expires_at").first(), scope.leaseless_after()
    if (
        leader is None
        or leader.expires_at < scope.now
        or leader.acquired_at > scope.now - allowance
    ):
        return None
    return allowance


def _clock_told(bounds: Bounds) -> Iterator[str]:
    for stretch in bounds.lived_twice[:3]:
        went_back = f"{stretch.since:%Y-%m-%d %H:%M:%S} to {stretch.until:%H:%M:%S} UTC"
        yield f"what overlapped from {went_back}: the database's clock went back over it"
    for step in bounds.steps[:3]:
        yield (
            f"whether runs that were at work at {step:%Y-%m-%d %H:%M:%S} UTC overlapped "
            "others: the clock jumped then"
        )
