"""After the database's clock has gone back: occurrences planned while it was ahead.

What has run early has its record, and is not run again. What was skipped as missed was not even
due: that record goes, or is cut short at now, and planning begins again where the time is, so that
the job is not silent until then.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from jobs.isolation import each_by_itself
from jobs.models import Job, JobState, Run, RunState, Trigger

MOST_JOBS = 10_000


def plan_again(since: datetime, *, now: datetime) -> int:
    """Take back the watermarks that lie ahead of ``now``; ``since`` is ahead of it, too.

    Returns how many jobs.
    """
    ahead = JobState.objects.filter(last_scheduled_for__gt=since).values_list("job_id", flat=True)[
        :MOST_JOBS
    ]
    return sum(
        each_by_itself(
            list(ahead),
            lambda job_id: _plan_again(job_id, now),
            what="job planned ahead of the clock",
        )
    )


def _plan_again(job_id: uuid.UUID, now: datetime) -> int:
    with transaction.atomic():
        state = JobState.objects.select_for_update(no_key=True).filter(job_id=job_id).first()
        job = Job.objects.get(pk=job_id)
        if state is None or state.last_scheduled_for is None or not job.is_planned:
            return 0
        for skip in Run.objects.filter(
            job=job, state=RunState.SKIPPED, trigger=Trigger.SCHEDULE
        ).newest_first()[:100]:
            _cut(skip, state, job, now)
        state.last_scheduled_for = now
        state.next_run_at = state.plan(job).next_after(now)
        state.save(update_fields=["last_scheduled_for", "next_run_at"])
    return 1


def _cut(skip: Run, state: JobState, job: Job, now: datetime) -> None:
    """Leave of this record what was due by now."""
    last = skip.skipped_until or skip.scheduled_for
    if last <= now:
        return
    due = [
        skip.scheduled_for,
        *state.plan(job).between(skip.scheduled_for, now, skip.skipped_count),
    ]
    due = [moment for moment in due if moment <= now]
    record = Run.objects.filter(pk=skip.pk, state=RunState.SKIPPED)
    if due:
        record.update(skipped_until=due[-1], skipped_count=len(due))
    else:
        record.delete()
