"""The sweep over jobs: those with a retention of their own, one-offs that are over, archived
ones.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from jobs import conf
from jobs.access.actor import Actor, Surface
from jobs.actions.jobs import archive_job
from jobs.errors import ScheduleError
from jobs.isolation import by_itself, each_by_itself
from jobs.maintenance.retention.runs import Budget, old_runs
from jobs.models import Backfill, Job, JobState, Run
from jobs.models.ids import first_id_at

JOBS_AT_ONCE = 500
RETENTION = Actor("retention", Surface.SYSTEM)


class JobSweep:
    """Looks at up to 500 jobs a call, in the order of their ids, and begins again after the
    last.
    """

    def __init__(self) -> None:
        self.after = uuid.UUID(int=0)

    def run_once(self, now: datetime) -> Counter[str]:
        budget = Budget()
        jobs = _jobs_after(self.after)
        done = self._prune(jobs, budget, now)
        archived = each_by_itself(
            done, lambda job: _archive(job, now) if _is_over(job, now) else 0, what="retention"
        )
        budget.counts["jobs"] += sum(archived)
        budget.counts["jobs"] += _delete_archived(done)
        all_done = len(done) == len(jobs) < JOBS_AT_ONCE
        self.after = uuid.UUID(int=0) if all_done else (done[-1].pk if done else self.after)
        return budget.counts

    def _prune(self, jobs: Sequence[Job], budget: Budget, now: datetime) -> Sequence[Job]:
        """Prune those with a retention of their own; returns the jobs that are done, the others
        wait for the next.
        """
        for number, job in enumerate(jobs):
            if budget.is_spent or by_itself(
                job, lambda job: _prune_job(job, budget, now), what="retention"
            ) == [False]:
                return jobs[:number]
        return jobs


def _jobs_after(job_id: uuid.UUID) -> Sequence[Job]:
    jobs = Job.objects.filter(pk__gt=job_id).order_by("pk").select_related("state")
    return list(jobs.defer("params", "metadata", "resources", "tags", "description")[:JOBS_AT_ONCE])


def _prune_job(job: Job, budget: Budget, now: datetime) -> bool:
    """False if the budget ended before the job's old runs did."""
    if job.retention_days is None:
        return True
    old = now - timedelta(days=job.retention_days)
    # Ids grow with time: only what was made before can have ended before, and one index range holds
    # it.
    runs = Run.objects.filter(job=job, id__lt=first_id_at(old), finished_at__lt=old).order_by("id")
    after = uuid.UUID(int=0)
    while page := old_runs(runs.filter(id__gt=after)):
        if budget.is_spent:
            return False
        budget.prune(page, now)
        after = page[-1].id
    return True


def _is_over(job: Job, now: datetime) -> bool:
    """A one-off whose only occurrence is older than what is kept."""
    state, days = getattr(job, "state", None), job.retention_days or conf.get().retention_days
    if (
        state is None
        or not job.is_planned
        or state.next_run_at
        or state.schedule_error
        or state.last_scheduled_for is None
    ):
        return False
    return state.last_scheduled_for < now - timedelta(days=days) and _is_one_off(job)


def _is_one_off(job: Job) -> bool:
    try:
        return job.rule().kind == "once"
    except ScheduleError:
        return False


def _archive(job: Job, now: datetime) -> int:
    """Archive it as a person would, unless it was given a new date meanwhile or a run of it is not
    over.
    """
    with transaction.atomic():
        state = JobState.objects.lock(job)
        if (
            state is None
            or state.next_run_at
            or Run.objects.filter(job=job, finished_at=None).exists()
        ):
            return 0
        archive_job(job, actor=RETENTION, now=now)
    return 1


def _delete_archived(jobs: Sequence[Job]) -> int:
    """Delete the archived ones of which nothing is left."""
    archived = Job.objects.filter(pk__in=[job.pk for job in jobs if job.archived_at])
    empty = archived.exclude(Exists(Run.objects.filter(job=OuterRef("pk"))))
    ids = list(
        empty.exclude(Exists(Backfill.objects.filter(job=OuterRef("pk")))).values_list(
            "pk", flat=True
        )
    )
    for job_id in ids:
        Job.objects.filter(pk=job_id, archived_at__isnull=False).delete()
    return len(ids)
