"""What comes due soon: every occurrence of every job, worked out by the schedules themselves,
within bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.errors import ScheduleError
from jobs.models import CalendarSet, Job, JobState

AHEAD = timedelta(hours=1)
MOST_JOBS = 1_000
MOST_MOMENTS = 5_000  # worked out at one look; a job of every second has 3,600 of them in an hour


@dataclass(frozen=True)
class DueJob:
    """A job with when it is due: its moments, ascending, at least one."""

    job: Job
    moments: list[datetime]


@dataclass
class Upcoming:
    """``jobs`` come in the order of their first moments; unless it ``is_whole`` there are more than
    these.
    """

    jobs: list[DueJob] = field(default_factory=list)
    is_whole: bool = True

    @property
    def count(self) -> int:
        return sum(len(due.moments) for due in self.jobs)


def due_within_the_hour(now: datetime, *, actor: Actor) -> Upcoming:
    """Two queries: what is due after ``now`` and before an hour has passed, of the jobs that are
    due first; without what calendars skip.
    """
    states = JobState.objects.filter(next_run_at__lt=now + AHEAD, job__in=visible_jobs(actor))
    states = states.select_related("job").defer("job__params", "job__metadata", "job__description")
    rows = list(states.order_by("next_run_at", "job_id")[: MOST_JOBS + 1])
    found, work = Upcoming(is_whole=len(rows) <= MOST_JOBS), _Work(now)
    for state in rows[:MOST_JOBS]:
        moments = work.moments_of(state)
        if moments:
            found.jobs.append(DueJob(state.job, moments))
    found.jobs.sort(key=lambda due: (due.moments[0], due.job.name))
    found.is_whole = found.is_whole and not work.is_over
    return found


@dataclass
class _Work:
    """Rules that many jobs share are worked out once, until there was enough of it."""

    now: datetime
    known: dict[tuple[str, datetime | None], list[datetime]] = field(default_factory=dict)
    left: int = MOST_MOMENTS
    is_over: bool = False
    calendars: CalendarSet = field(default_factory=CalendarSet)

    def moments_of(self, state: JobState) -> list[datetime]:
        """Those of the job that no calendar skips."""
        moments = self._of_rule(state)
        try:
            closures = self.calendars.skipping(state.job) if moments else None
        except ScheduleError:
            return []
        return [moment for moment in moments if not closures.at(moment)] if closures else moments

    def _of_rule(self, state: JobState) -> list[datetime]:
        try:
            is_shared = state.job.rule().kind == "cron" and not state.job.one_off
            key = (state.rule_key, None if is_shared else state.anchor)
            if key not in self.known:
                self.known[key] = list(self._worked_out(state))
        except ScheduleError:
            return []
        return self.known[key]

    def _worked_out(self, state: JobState) -> Iterator[datetime]:
        end = self.now + AHEAD
        moments = [
            moment
            for moment in state.plan(state.job, self.calendars).between(
                self.now, end, self.left + 1
            )
            if moment < end
        ]
        self.is_over = self.is_over or len(moments) > self.left
        yield from moments[: self.left]
        self.left = max(0, self.left - len(moments))


def due_after_that(now: datetime, *, actor: Actor) -> Job | None:
    """One query: the job that is due next once the hour has passed, with its state."""
    later = visible_jobs(actor).filter(state__next_run_at__gte=now + AHEAD).select_related("state")
    return later.order_by("state__next_run_at", "id").defer("params", "metadata").first()
