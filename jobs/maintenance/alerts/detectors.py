"""What may be wrong, one small function per kind of alert; each reads a bounded piece of an index.

The indexes hold only what is open (queued, running, planned, unresolved), so that the cost grows
with the trouble, not with the number of jobs or the length of the history.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs import conf
from jobs.dispatch.publish import paused_queues
from jobs.models import Alert, AlertKind, JobState, Leader, Run, RunState
from jobs.models.ids import first_id_at
from jobs.moments import stamp
from jobs.params import registry
from jobs.queries.workers import unattended_queues

MOST = 500
SILENCE_SHOWN = timedelta(hours=1)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong now; at most one alert is open per kind and subject."""

    subject: str
    message: str
    job_id: uuid.UUID | None = None
    #: What it shares with other findings, also of other kinds; those are one row where people look.
    cause: str = ""
    run_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Detected:
    """What a detector saw; when it stopped at its limit it is not complete, and what it did not see
    is not over.
    """

    findings: Sequence[Finding]
    is_complete: bool = True


@dataclass(frozen=True)
class Look:
    """When, and which alerts are open, by kind and subject."""

    now: datetime
    open: Mapping[str, Mapping[str, Alert]]

    def subjects(self, kind: AlertKind) -> set[str]:
        return set(self.open.get(kind, {}))


def late(look: Look) -> Detected:
    """Jobs that were due and are not planned, and jobs with a run that is ready and has not
    started; one per job.

    Runs are looked for among the ids made before the limit, oldest first. A paused queue makes
    nobody late.
    """
    before = look.now - timedelta(seconds=conf.get().late_seconds)
    due = JobState.objects.filter(next_run_at__lte=before).order_by("next_run_at")
    planned = list(due.values_list("job_id", "job__name", "next_run_at")[:MOST])
    found = {
        job: Finding(str(job), f"{name} was due at {stamp(at)} but has not been planned", job)
        for job, name, at in planned
        if at
    }
    waiting = Run.objects.filter(
        state=RunState.QUEUED, id__lt=first_id_at(before), available_at__lte=before
    )
    fields = ("job_id", "job__name", "available_at", "queue")
    runs = list(waiting.filter(cancel_requested_at=None).order_by("id").values_list(*fields)[:MOST])
    paused = paused_queues() if runs else set()
    for job, name, at, queue in runs:
        if queue not in paused:
            text = (
                f"{name} has a run that has been ready since {stamp(at)} but has not "
                f"started; its queue is {queue}"
            )
            found.setdefault(job, Finding(str(job), text, job))
    return Detected(list(found.values()), is_complete=max(len(planned), len(runs)) < MOST)


def broken_schedules(look: Look) -> Detected:
    """Jobs that cannot be planned."""
    broken = JobState.objects.filter(schedule_error__gt="", job__archived_at=None).order_by(
        "job_id"
    )
    rows = broken.values_list("job_id", "job__name", "schedule_error")[:MOST]
    findings = [Finding(str(job), f"{name}: {error}"[:1000], job) for job, name, error in rows]
    return Detected(findings, is_complete=len(findings) < MOST)


def broken_task_files(look: Look) -> Detected:
    """Modules that this scheduler could not import when it started, and task names that two of them
    claim.
    """
    by_place: dict[str, list[str]] = defaultdict(list)
    for odd in registry.odd_modules():
        by_place[odd.place[-255:]].append(odd.problem)
    found = [
        Finding(place, f"{place}: {'; '.join(problems)}"[:1000])
        for place, problems in by_place.items()
    ]
    return Detected(found[:MOST], is_complete=len(found) <= MOST)


def unattended(look: Look) -> Detected:
    """Queues in which runs wait and that no live worker consumes."""
    queues = unattended_queues(now=look.now)
    return Detected(
        [
            Finding(queue, f"runs are waiting in the queue {queue}, but no worker consumes it")
            for queue in queues
        ]
    )


def silence(look: Look) -> Detected:
    """A gap between two leaders, seen by the second one; it is shown for an hour.

    While it lasts nobody writes alerts: ``queries.alerts.scheduler_silence`` says it then.
    """
    still = [
        Finding(subject, alert.message)
        for subject, alert in look.open.get(AlertKind.SCHEDULER_SILENT, {}).items()
        if alert.opened_at > look.now - SILENCE_SHOWN
    ]
    leader = Leader.objects.order_by("-expires_at").first()
    gap = _gap(leader, look.now) if leader else ""
    return Detected([Finding("", gap)] if gap else still)


def _gap(leader: Leader, now: datetime) -> str:
    since, until = leader.vacant_since, leader.acquired_at
    longest = timedelta(seconds=conf.get().late_seconds)
    if since is None or until - since <= longest or until <= now - SILENCE_SHOWN:
        return ""
    return (
        f"no scheduler was leading from {stamp(since)} to {stamp(until)}; occurrences due "
        "then are late or skipped"
    )
