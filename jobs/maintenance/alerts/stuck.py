"""Runs that are at work and should not be any more."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from jobs import conf
from jobs.maintenance.alerts.detectors import Detected, Finding, Look
from jobs.models import Run, RunState
from jobs.moments import stamp
from jobs.words import duration

MOST_RUNNING = 5_000
SHORT = timedelta(seconds=60)
TIMES_USUAL = 3
# What "usual" rests on: the successes among so many of the newest runs, the newest so many of them,
# no fewer than.
LOOKED_AT, SAMPLE, LEAST = 100, 30, 5
LEARNED_AT_ONCE = 50
REMEMBERED = timedelta(minutes=10)


class Running(NamedTuple):
    """What is read of a running run."""

    id: uuid.UUID
    job_id: uuid.UUID
    job_name: str
    scheduled_for: datetime
    worker: str
    started_at: datetime | None
    deadline_at: datetime | None
    lease_expires_at: datetime | None


FIELDS = (
    "id",
    "job_id",
    "job__name",
    "scheduled_for",
    "worker",
    "started_at",
    "deadline_at",
    "lease_expires_at",
)


class Usual:
    """How long a job's runs take at most, usually: the p95 of its last 30 successes, remembered for
    ten minutes.
    """

    def __init__(self) -> None:
        self.known: dict[uuid.UUID, tuple[datetime, timedelta | None]] = {}

    def learn(self, jobs: Sequence[uuid.UUID], *, now: datetime) -> None:
        """Ask for those not known, at most 50, one index range each; forget the old."""
        self.known = {
            job: known for job, known in self.known.items() if known[0] > now - REMEMBERED
        }
        for job in [job for job in dict.fromkeys(jobs) if job not in self.known][:LEARNED_AT_ONCE]:
            self.known[job] = (now, _usual(job))

    def of(self, job: uuid.UUID) -> timedelta | None:
        """None if it is not known, or if there were too few."""
        return self.known[job][1] if job in self.known else None


class Stuck:
    """The detector; it remembers what is usual from one look to the next."""

    def __init__(self) -> None:
        self.usual = Usual()

    def __call__(self, look: Look) -> Detected:
        """Runs past their deadline or lease that nobody ended, or running for longer than three
        times the usual.
        """
        rows = (
            Run.objects.filter(state=RunState.RUNNING)
            .order_by("id")
            .values_list(*FIELDS)[:MOST_RUNNING]
        )
        running = [Running(*row) for row in rows]
        long = [run for run in running if run.started_at and run.started_at < look.now - SHORT]
        self.usual.learn([run.job_id for run in long], now=look.now)
        findings = [
            Finding(
                str(run.id),
                f"{run.job_name}: its run of {stamp(run.scheduled_for)} {told}"[:1000],
                run.job_id,
            )
            for run in running
            if (told := next(self._told(run, look.now), ""))
        ]
        return Detected(findings, is_complete=len(running) < MOST_RUNNING)

    def _told(self, run: Running, now: datetime) -> Iterator[str]:
        # Recovery and the worker's own limits come first; past them nobody did what was to be done.
        overdue = now - timedelta(
            seconds=conf.get().lease_grace_seconds + 2 * conf.get().recovery_seconds
        )
        if run.lease_expires_at and run.lease_expires_at < overdue:
            yield (
                f"has sent no heartbeat since {stamp(run.lease_expires_at)}; its worker was "
                f"{run.worker}"
            )
        if run.deadline_at and run.deadline_at < overdue:
            yield f"should have been stopped at {stamp(run.deadline_at)}"
        usual = self.usual.of(run.job_id)
        if usual and run.started_at and now - run.started_at > max(SHORT, TIMES_USUAL * usual):
            limit = duration(usual.total_seconds())
            yield (
                f"has been running since {stamp(run.started_at)}; it usually takes at most {limit}"
            )


def _usual(job: uuid.UUID) -> timedelta | None:
    newest = (
        Run.objects.filter(job=job)
        .newest_first()
        .values_list("state", "started_at", "finished_at")[:LOOKED_AT]
    )
    durations = [
        ended - started
        for state, started, ended in newest
        if state == RunState.SUCCEEDED and started and ended
    ]
    sample = sorted(durations[:SAMPLE])
    return sample[ceil(0.95 * len(sample)) - 1] if len(sample) >= LEAST else None
