"""Writing the demo: jobs through the action everybody uses, their history as rows, counted as the
leader would.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django_celery_results.models import TaskResult

from jobs.access.actor import Actor, Surface
from jobs.actions.calendars.editing import create_calendar
from jobs.actions.jobs import create_job
from jobs.actions.pauses import pause_job
from jobs.actions.pools import create_pool
from jobs.actions.secrets import create_secret
from jobs.demo.company import CALENDARS, COMPANY, PAUSED, POOLS, SECRETS, DemoJob
from jobs.demo.history import Past, past_of
from jobs.demo.night import NIGHT
from jobs.maintenance.rollups import RollUps
from jobs.models import Calendar, Job, JobState, LostAttempt, Pool, Run, RunLog, Secret

ANA = Actor("ana", Surface.CONSOLE)
LOOKS_MOST = 10_000
BEYOND = timedelta(microseconds=1)


@dataclass
class Seeded:
    """How many of each were written."""

    jobs: int = 0
    runs: int = 0


def seed(*, days: int, runs_per_job: int, now: datetime, dice: random.Random) -> Seeded:
    """Write the company's pools and jobs that are not there yet, each job with its newest runs of
    so many days.
    """
    seeded = Seeded()
    _make_shared(now)
    for wanted in (*COMPANY, *NIGHT):
        if Job.objects.unarchived().filter(name=wanted.name).exists():
            continue
        with transaction.atomic():
            job = _create(wanted, now)
            past = _past(job, wanted, now - timedelta(days=days), now, runs_per_job, dice)
            _write(past)
        seeded.jobs += 1
        seeded.runs += len(past.runs)
        if job.name in PAUSED:
            pause_job(job, actor=ANA, reason=PAUSED[job.name], now=now)
    _count(now)
    return seeded


def _make_shared(now: datetime) -> None:
    """What the jobs share: pools, calendars and secrets."""
    for pool in POOLS:
        if not Pool.objects.filter(name=pool["name"]).exists():
            create_pool(pool, actor=ANA, now=now)
    for calendar in CALENDARS:
        if not Calendar.objects.filter(name=calendar["name"]).exists():
            create_calendar(calendar, actor=ANA, now=now)
    for secret in SECRETS:
        if not Secret.objects.filter(name=secret["name"]).exists():
            create_secret(secret, actor=ANA, now=now)


def _create(wanted: DemoJob, now: datetime) -> Job:
    fields = {
        "name": wanted.name,
        "schedule": wanted.schedule,
        "description": wanted.description,
        "task": wanted.task,
        "params": wanted.params,
    }
    return create_job(fields | wanted.more, actor=ANA, now=now)


def _past(
    job: Job, wanted: DemoJob, start: datetime, now: datetime, most: int, dice: random.Random
) -> Past:
    """An interval counts from when its job was made, which for the past's sake is its beginning."""
    state = JobState.objects.get(pk=job.pk)
    state.anchor = start.replace(microsecond=0)
    begin = max(start, now - _span(state, job, most))
    moments = state.plan(job).between(begin - BEYOND, now - BEYOND, most)
    return past_of(job, wanted.temper, moments, dice=dice, now=now)


def _span(state: JobState, job: Job, most: int) -> timedelta:
    """How far back so many occurrences reach, going by the next ones."""
    ahead = state.plan(job).between(state.anchor, state.anchor + timedelta(days=366), most)
    return (ahead[-1] - ahead[0]) if len(ahead) == most else timedelta(days=366)


def _write(past: Past) -> None:
    Run.objects.bulk_create(past.runs, batch_size=500)
    RunLog.objects.bulk_create(past.logs, batch_size=500)
    LostAttempt.objects.bulk_create(past.losses, batch_size=500)
    times = [(attempt.date_created, attempt.date_done) for attempt in past.attempts]
    made = TaskResult.objects.bulk_create(past.attempts, batch_size=500)
    for attempt, (created, done) in zip(
        made, times, strict=True
    ):  # both columns set themselves when a row is made
        attempt.date_created, attempt.date_done = created, done
    TaskResult.objects.bulk_update(made, ["date_created", "date_done"], batch_size=500)


def _count(now: datetime) -> None:
    for _ in range(LOOKS_MOST):
        if not any(RollUps().run_once(now=now).values()):
            return
