"""JobState: the planner's row, one per job, and the job's lock.

Lock order: JobState, Pool, Run, TaskResult.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from django.db import models

from jobs import conf, schedules
from jobs.errors import ScheduleError
from jobs.models.calendars.calendar_set import CalendarSet
from jobs.models.stats.job_health import JobHealth
from jobs.schedules.closures.shift import ShiftedSchedule

if TYPE_CHECKING:
    from jobs.models.job import Job


class JobStateManager(models.Manager["JobState"]):
    def lock(self, job: Job) -> JobState | None:
        """The job's state, locked until the transaction ends; None if it has none yet."""
        return self.select_for_update(no_key=True).filter(job_id=job.pk).first()

    def follow(self, pairs: Iterable[tuple[Job, JobState | None]], *, now: datetime) -> int:
        """Bring the states of these jobs, and their healths, in step with them; return how many
        states changed.

        The states must be locked.
        """
        fresh, changed, pairs, calendars = [], [], list(pairs), CalendarSet()
        for job, state in pairs:
            if state is None:
                fresh.append(JobState(job=job).replanned(job, now, calendars))
            elif state.rule_key != rule_key(job, calendars):
                changed.append(state.replanned(job, now, calendars))
        self.bulk_create(fresh, batch_size=500)
        self.bulk_update(changed, JobState.PLANNED_FIELDS, batch_size=500)
        JobHealth.objects.follow(job for job, _ in pairs)
        return len(fresh) + len(changed)


class JobState(models.Model):
    """When the job is due next, and up to where its occurrences are accounted for."""

    PLANNED_FIELDS: ClassVar = ["rule_key", "anchor", "next_run_at", "schedule_error"]

    job = models.OneToOneField(
        "beatwright.Job", models.CASCADE, primary_key=True, related_name="state"
    )
    rule_key = models.TextField(
        help_text="The rule this state was computed from; differs from the job's: replan."
    )
    anchor = models.DateTimeField(help_text="Where interval and RRULE schedules count from.")
    next_run_at = models.DateTimeField(
        null=True, help_text="Empty when paused, finished, manual or broken."
    )
    last_scheduled_for = models.DateTimeField(
        null=True, help_text="The last occurrence accounted for; only grows."
    )
    schedule_error = models.TextField(blank=True)

    objects: ClassVar[JobStateManager] = JobStateManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_run_at"],
                condition=models.Q(next_run_at__isnull=False),
                name="state_due",
            ),
            models.Index(
                fields=["job"], condition=models.Q(schedule_error__gt=""), name="state_broken"
            ),
        ]

    def __str__(self) -> str:
        return f"state of {self.job_id}"

    def replanned(self, job: Job, now: datetime, calendars: CalendarSet | None = None) -> JobState:
        """Plan from ``now`` on: an edit or a resume never fires what is past.

        An occurrence that is due this very moment, and that no scheduler has come round to yet,
        stays due. ``calendars``, here and below: as they are, where they have been read already.
        """
        calendars = calendars or CalendarSet()
        self.anchor = (job.starts_at or self._anchor(job, now)).replace(microsecond=0)
        self.rule_key = rule_key(job, calendars)
        self.schedule_error = ""
        self.next_run_at = self._next(job, now, calendars) if job.is_planned else None
        return self

    def _anchor(self, job: Job, now: datetime) -> datetime:
        if not self.rule_key:
            return job.created_at
        return self.anchor if self.rule_key.partition("\n")[0] == job.schedule else now

    def _next(self, job: Job, now: datetime, calendars: CalendarSet) -> datetime | None:
        just_due = (
            self.next_run_at
            and now - timedelta(seconds=conf.get().on_time_seconds) <= self.next_run_at <= now
        )
        if just_due:
            return self.next_run_at
        try:
            return self.plan(job, calendars).next_after(max(now, self.last_scheduled_for or now))
        except ScheduleError as error:
            self.schedule_error = str(error)
            return None

    def plan(self, job: Job, calendars: CalendarSet | None = None) -> schedules.Schedule:
        """The job's rule within its window, anchored here, with what its calendars move; raises
        ScheduleError.

        What they skip is due all the same: ``CalendarSet.skipping`` tells.
        """
        window = (job.rule(), self.anchor, job.starts_at, job.ends_at, job.one_off)
        if not job.shifts:
            return schedules.Schedule(*window)
        closures = (calendars or CalendarSet()).closures(job.calendars, job.timezone)
        forward = job.calendar_policy == "next"
        return ShiftedSchedule(*window, closures=closures, forward=forward)


def rule_key(job: Job, calendars: CalendarSet | None = None) -> str:
    """All that decides when a job is due, in one text; the schedule text stands first, up to the
    line break.
    """
    key = rule_key_of(
        job.schedule,
        job.timezone,
        job.starts_at,
        job.ends_at,
        day_rule=job.day_rule,
        one_off=job.one_off,
        is_planned=job.is_planned,
    )
    if not job.shifts:
        return key
    return f"{key} {job.calendar_policy} {(calendars or CalendarSet()).key(job.calendars)}"


@lru_cache(maxsize=8192)
def rule_key_of(
    schedule: str,
    timezone: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    *,
    day_rule: str,
    one_off: bool,
    is_planned: bool,
) -> str:
    """The same for whoever has no model of the job at hand."""
    window = " ".join(str(moment and moment.astimezone(UTC)) for moment in (starts_at, ends_at))
    more = [day_rule] * (day_rule != schedules.EITHER_DAY) + ["one-off"] * one_off
    return " ".join([f"{schedule}\n{timezone} {window} {is_planned}", *more])
