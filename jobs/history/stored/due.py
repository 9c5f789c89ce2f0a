"""Which moments a job was due at, and since when that can be said.

A job's present rule has held since it was last changed, switched on or made; before that, and while
it is switched off, its occurrences are accounted for by other rules, and are not compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from jobs import conf
from jobs.errors import ScheduleError
from jobs.history.rows import Expected, Stretch
from jobs.history.stored.report import Unjudged
from jobs.history.stored.scope import Scope
from jobs.models import AuditEntry, Calendar, Job, JobState, Run, RunState
from jobs.models.job_state import rule_key
from jobs.moments import read_moment
from jobs.schedules import Schedule

# What decides when a job is due, or how long its runs are kept.
DECISIVE = frozenset(
    {
        "schedule", "timezone", "day_rule", "one_off", "starts_at", "ends_at", "enabled",
        "calendars", "calendar_policy", "archived_at", "retention_days",
    }
)  # fmt: skip
TICK = timedelta(microseconds=1)
SAME_SAVE = timedelta(seconds=60)
SHORTEST_KEPT = timedelta(days=1)  # retention_days is 1 at least
MOST_ENTRIES = 500
AT_ONCE = 1_000


@dataclass(frozen=True)
class Kept:
    """What retention has left: nothing is gone that ended after these moments."""

    now: datetime
    oldest: datetime | None

    @classmethod
    def now_at(cls, now: datetime) -> Kept:
        """``oldest`` may be younger than what is kept today: fewer days may have been kept
        yesterday.
        """
        over = Run.objects.filter(finished_at__isnull=False)
        ended = over.exclude(state__in=[RunState.FAILED, RunState.TIMED_OUT]).order_by(
            "finished_at"
        )
        return cls(now, ended.values_list("finished_at", flat=True).first())

    def since(self, job: Job) -> datetime:
        since = self.now - timedelta(days=job.retention_days or conf.get().retention_days)
        youngest_gone = self.now - SHORTEST_KEPT
        return max(since, min(self.oldest, youngest_gone) if self.oldest else since)


class Due:
    """Says of each job what was expected of it; what cannot be said is noted."""

    def __init__(self, scope: Scope, unjudged: Unjudged) -> None:
        self.scope, self.unjudged = scope, unjudged
        self.kept = Kept.now_at(scope.now)

    def expected(self, job: Job, state: JobState) -> Expected | None:
        """None where nothing can be said, or nothing was due by itself."""
        within = self._judged(job, state)
        if within is None or within.since > within.until:
            return None
        moments = _moments(state.plan(job), within)
        return Expected(str(job.pk), within, moments, _deleted(job))

    def _judged(self, job: Job, state: JobState) -> Stretch | None:
        if not job.is_planned:
            self.unjudged.note("switched off, so their occurrences are not compared", job.name)
            return None
        if state.schedule_error or state.rule_key != rule_key(job):
            self.unjudged.note(
                "not planned by the rule they have now, so their occurrences are not compared",
                job.name,
            )
            return None
        try:
            is_manual = job.rule().kind == "manual"
        except ScheduleError:
            return None
        return None if is_manual else Stretch(self._since(job, state), self._until(job, state))

    def _since(self, job: Job, state: JobState) -> datetime:
        held = self._held_since(job, state) + self.scope.margin
        kept, asked = self.kept.since(job), self.scope.since
        since = max(held, kept, asked or kept)
        if (
            since == held
            and held > job.created_at + self.scope.margin
            and (asked is None or held > asked)
        ):
            self.unjudged.note(
                "changed or switched on since, so only what was due after that is compared",
                job.name,
            )
        elif since == kept and job.created_at < kept - SHORTEST_KEPT and asked is None:
            self.unjudged.note(
                "older than what retention keeps, so only what it keeps is compared", job.name
            )
        return since

    def _held_since(self, job: Job, state: JobState) -> datetime:
        """Since when the rule and the switch have been as they are."""
        since = job.created_at if job.starts_at else max(job.created_at, state.anchor)
        entries = list(AuditEntry.objects.filter(job_id=job.pk).order_by("-id")[:MOST_ENTRIES])
        is_explained = any(abs(entry.at - job.updated_at) < SAME_SAVE for entry in entries)
        if not is_explained and job.updated_at > job.created_at + SAME_SAVE:
            since = max(since, job.updated_at)
        if job.shifts:
            edited = Calendar.objects.filter(pk__in=job.calendars).aggregate(Max("updated_at"))
            since = max(since, edited["updated_at__max"] or since)
        changed = [entry.at for entry in entries if not DECISIVE.isdisjoint(entry.changes)]
        if not changed and len(entries) == MOST_ENTRIES:
            changed = [entries[-1].at]
        return max(since, *changed) if changed else since

    def _until(self, job: Job, state: JobState) -> datetime:
        """What is due and not planned yet is for the scheduler to come round to."""
        upcoming = state.next_run_at
        if upcoming is None or upcoming > self.scope.now:
            return self.scope.now
        if self.scope.now - upcoming > SAME_SAVE:
            self.unjudged.note("due and not planned yet: see whether a scheduler ticks", job.name)
        return upcoming - TICK


def _moments(plan: Schedule, within: Stretch) -> Iterator[datetime]:
    moment = within.since - TICK
    while found := plan.between(moment, within.until, AT_ONCE):
        yield from found
        moment = found[-1]


def _deleted(job: Job) -> frozenset[datetime]:
    """The moments whose runs somebody has deleted."""
    entries = AuditEntry.objects.filter(job_id=job.pk, verb="delete_run").values_list(
        "changes", flat=True
    )
    told = (changes.get("scheduled_for") for changes in entries.iterator())
    return frozenset(read_moment(values[0]) for values in told if values and values[0])
