"""Why not? One call answers, for a job or a run, why it is not running now; for people, pages and
programs alike.

It reads a known number of rows, however long the history and the queues are: no count goes beyond
1,001.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.errors import ScheduleError
from jobs.models import CalendarSet, Job, JobState, OverlapPolicy, Run, RunState, Trigger
from jobs.models.job_state import rule_key
from jobs.moments import iso, stamp
from jobs.queries.attention.misses import misses_of
from jobs.queries.why.answer import Explanation, Reason, by_whom
from jobs.queries.why.run import reasons_of
from jobs.queries.why.site import Site

LOOKED_AT = 100
SOONEST_FIRST = (RunState.RUNNING, RunState.QUEUED, RunState.BLOCKED)
FIELDS_LEFT_OUT = ("params", "resolution")


def why_run(run: Run, *, now: datetime) -> Explanation:
    """Why the run is not running now, or that it is, or how it ended; then what was expected of it
    and did not come true.

    At most 4 queries, 6 if it draws on a pool; one more where something is expected.
    """
    missed = [Reason(miss.kind, miss.message, since=miss.at) for miss in misses_of(run)]
    return Explanation([*reasons_of(run, Site(run.queue, now)), *missed])


def why_job(job: Job, *, now: datetime, runs: Sequence[Run] | None = None) -> Explanation:
    """Why the job is not running now, or that it is. At most 6 queries, 8 if it draws on a pool.

    One more if ``job.state`` is not loaded. ``runs``: the newest 100 of its runs, the newest first,
    where they have been read already.
    """
    if runs is None:
        runs = list(Run.objects.filter(job=job).newest_first().defer(*FIELDS_LEFT_OUT)[:LOOKED_AT])
    open_run = _open_run(job, runs)
    case = Case(
        job, job.state, runs, open_run, Site(open_run.queue if open_run else job.queue, now)
    )
    kept: dict[str, Reason] = {}
    for reason in case.reasons():
        # A silent scheduler is told once, not again for the run.
        kept.setdefault(reason.code, reason)
    return Explanation(list(kept.values()))


def _open_run(job: Job, runs: Sequence[Run]) -> Run | None:
    """The run that is nearest to running: of the newest 100, or the one that the overlap policy
    keeps alone.
    """
    for state in SOONEST_FIRST:
        found = [run for run in runs if run.state == state]
        if found:
            return found[-1]
    if job.overlap_policy == OverlapPolicy.ALLOW or len(runs) < LOOKED_AT:
        return None
    alone = Run.objects.filter(
        job=job, exclusive=True, state__in=[RunState.QUEUED, RunState.RUNNING]
    )
    return alone.defer(*FIELDS_LEFT_OUT).first()


@dataclass
class Case:
    """A job, its state, its newest runs, and the run that is nearest to running."""

    job: Job
    state: JobState
    runs: Sequence[Run]
    open_run: Run | None
    site: Site

    def reasons(self) -> Iterator[Reason]:
        """Most decisive first, at least one."""
        running = self.open_run is not None and self.open_run.state == RunState.RUNNING
        if running:
            yield from self._of_open_run()
        yield from filter(None, (self._archived(), self._paused(), self._unplanned()))
        if not running:
            yield from self._of_open_run()
        yield from self._upcoming()
        yield from filter(None, (self._last_skipped(),))

    def _of_open_run(self) -> Iterator[Reason]:
        if self.open_run:
            yield from (
                reason.of_run(self.open_run) for reason in reasons_of(self.open_run, self.site)
            )

    def _archived(self) -> Reason | None:
        since = self.job.archived_at
        return (
            Reason("archived", f"It was archived at {stamp(since)}.", since=since)
            if since
            else None
        )

    def _paused(self) -> Reason | None:
        job = self.job
        if job.enabled or job.archived_at:
            return None
        told = by_whom(job.paused_by, job.paused_reason, job.paused_at, job.paused_until)
        facts = {"by": job.paused_by, "reason": job.paused_reason}
        return Reason(
            "paused",
            f"It is paused{told}",
            since=job.paused_at,
            until=job.paused_until,
            facts=facts,
        )

    def _unplanned(self) -> Reason | None:
        """Why a job that may be planned has no next occurrence."""
        if self.state.next_run_at or not self.job.is_planned:
            return None
        if self.state.schedule_error:
            sentence = f"Its schedule is broken: {self.state.schedule_error}"
            return Reason("schedule_broken", sentence, facts={"error": self.state.schedule_error})
        if self.state.rule_key != rule_key(self.job):
            return Reason(
                "out_of_step", "It was changed outside Beatwright. Save it once to plan it."
            )
        return self._without_occurrences()

    def _without_occurrences(self) -> Reason:
        last = self.state.last_scheduled_for
        facts = {"last_scheduled_for": iso(last)}
        kind = _kind(self.job)
        if kind == "manual":
            return Reason(
                "manual", "It has no schedule, so it runs only when started manually.", facts=facts
            )
        if self.job.ends_at and self.job.ends_at <= self.site.now:
            return Reason(
                "ended",
                f"It ended at {stamp(self.job.ends_at)}.",
                since=self.job.ends_at,
                facts=facts,
            )
        if (kind == "once" or self.job.one_off) and last:
            return Reason(
                "ended", f"Its only occurrence was {stamp(last)}.", since=last, facts=facts
            )
        return Reason("ended", "Its schedule has no further occurrences.", since=last, facts=facts)

    def _upcoming(self) -> Iterator[Reason]:
        """What comes next, and what would be in its way."""
        due = self.state.next_run_at if self.job.is_planned else None
        silent = self.site.no_scheduler() if due else None
        if silent and due and due <= self.site.now:
            yield silent
        if due:
            yield self._due(due)
            yield from filter(None, (self._closed(due),))
        if silent and due and due > self.site.now:
            yield silent
        if due and self.open_run is None:
            yield from self.site.obstacles(self.job.task)

    def _due(self, due: datetime) -> Reason:
        facts = {"next_run_at": iso(due)}
        if due <= self.site.now:
            return Reason(
                "due",
                f"It has been due since {stamp(due)} but is not planned yet.",
                since=due,
                facts=facts,
            )
        if self.job.starts_at and self.job.starts_at > self.site.now:
            starts = f"It does not start before {stamp(self.job.starts_at)}"
            return Reason(
                "before_start",
                f"{starts}; it is first due at {stamp(due)}.",
                until=due,
                facts=facts,
            )
        return Reason("not_due", f"It is next due at {stamp(due)}.", until=due, facts=facts)

    def _closed(self, due: datetime) -> Reason | None:
        """Whether a calendar skips what comes next."""
        try:
            closures = CalendarSet().skipping(self.job)
        except ScheduleError:
            return None
        closing = closures.at(due) if closures else None
        if closing is None:
            return None
        facts = {"calendar": closing.calendar, "reason": closing.why, "next_run_at": iso(due)}
        sentence = f"That occurrence will be skipped: the calendar {closing} is closed then."
        return Reason("closed", sentence, since=closing.since, until=closing.until, facts=facts)

    def _last_skipped(self) -> Reason | None:
        last = next((run for run in self.runs if run.trigger == Trigger.SCHEDULE), None)
        if last is None or last.state != RunState.SKIPPED:
            return None
        if last.skipped_count > 1 and last.skipped_until:
            span = (
                f"{last.skipped_count:,} occurrences, {stamp(last.scheduled_for)} to "
                f"{stamp(last.skipped_until)}, were"
            )
        else:
            span = f"occurrence, {stamp(last.scheduled_for)}, was"
        facts = {"run": str(last.pk), "reason": last.reason, "count": max(1, last.skipped_count)}
        return Reason(
            "last_skipped",
            f"Its last {span} skipped: {last.reason}",
            since=last.finished_at,
            facts=facts,
        )


def _kind(job: Job) -> str:
    try:
        return job.rule().kind
    except ScheduleError:
        return ""
