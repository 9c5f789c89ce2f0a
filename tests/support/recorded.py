"""A history in real rows, sound as it stands: a job due each minute for a while, and what became of
it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.dispatch.occurrences import make_run as planned_run
from jobs.history.stored import Report, Scope, examine
from jobs.models import Job, JobState, Run, RunState
from tests.support.builders import make_attempt, make_job

MINUTES = 10
NO_MARGIN = timedelta(0)


# The minute in which the tests began, whatever the minute is meanwhile; what is recorded lies
# before it.
NOW = timezone.now().astimezone(UTC).replace(second=0, microsecond=0)


def due(minute: int) -> datetime:
    """The moment so many minutes after the job was made, ``MINUTES`` being now."""
    return NOW + timedelta(minutes=minute - MINUTES)


def minutely_job(**fields: Any) -> Job:
    """Made ten minutes ago, and planned up to now."""
    made = due(0)
    job = make_job(schedule="* * * * *", created_at=made, **fields)
    Job.objects.filter(pk=job.pk).update(updated_at=made)
    state = {"anchor": made, "last_scheduled_for": NOW, "next_run_at": NOW + timedelta(minutes=1)}
    JobState.objects.filter(pk=job.pk).update(**state)
    return Job.objects.get(pk=job.pk)


def record(job: Job, minute: int, **fields: Any) -> Run:
    """A run of that minute that succeeded: it began a second after it was due, and took ten."""
    run = planned_run(job, due(minute), now=due(minute))
    run.state, run.attempt, run.publish_count = RunState.SUCCEEDED, 1, 1
    run.started_at = due(minute) + timedelta(seconds=1)
    run.finished_at = due(minute) + timedelta(seconds=11)
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(force_insert=True)
    return run


def record_attempt(
    run: Run, number: int = 1, outcome: str | None = "succeeded", **fields: Any
) -> TaskResult:
    """An attempt of the ten seconds that the run took, or of others."""
    began = run.scheduled_for + timedelta(seconds=1)
    times = {
        "date_started": began,
        "date_created": began,
        "date_done": began + timedelta(seconds=10),
    }
    attempt = make_attempt(run, number, outcome)
    TaskResult.objects.filter(pk=attempt.pk).update(**(times | fields))
    return TaskResult.objects.get(pk=attempt.pk)


def record_all(job: Job, *but: int) -> list[Run]:
    """A run with its attempt for each minute since the job was made, but for these."""
    return [_record_whole(job, minute) for minute in range(MINUTES + 1) if minute not in but]


def record_beside(job: Job, minute: int) -> list[Run]:
    """The same, and one more run that somebody asked for at this minute."""
    asked = {"occurrence_key": "m:1", "trigger": "manual"}
    runs = []
    for each in range(MINUTES + 1):
        runs.append(_record_whole(job, each))
        if each == minute:
            runs.append(_record_whole(job, each, **asked))
    return runs


def _record_whole(job: Job, minute: int, **fields: Any) -> Run:
    run = record(job, minute, **fields)
    record_attempt(run)
    return run


def examined(**scope: Any) -> Report:
    """What the check says now; ``margin`` is none, as these jobs are made to the minute."""
    return examine(replace(Scope(NOW, margin=NO_MARGIN), **scope))


def named(report: Report) -> list[tuple[str, str]]:
    """The invariants that were violated, each with the run."""
    return [(str(one.invariant), one.run) for one in report.violations]
