"""Run inside the site: rows of every kind, whose figures the pages then have to show.

Nothing is at work meanwhile.
"""

from __future__ import annotations

import random
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.actions.people.tokens import create_token
from jobs.maintenance.alerts import Alerts
from jobs.maintenance.bulk import BulkOperations
from jobs.maintenance.rollups import RollUps
from jobs.maintenance.rollups.trouble import Troubles
from jobs.models import Job, Queue, Run, RunState
from tests.support.builders import (
    by,
    make_attempt,
    make_job,
    make_leader,
    make_log,
    make_pool,
    make_run,
    make_worker,
)

MINUTE = timedelta(minutes=1)
FINGERPRINT = "ab" * 20


def seed() -> None:
    """All of it; the dice are thrown the same way every time."""
    dice, now = random.Random(7), timezone.now()
    make_leader(expires_at=now + timedelta(hours=1))
    make_worker(name="alpha@one", busy=3, heartbeat_at=now + timedelta(hours=1))
    make_worker("mail", "default", name="beta@two", busy=1, heartbeat_at=now + timedelta(hours=1))
    make_worker("mail", name="gamma@three", heartbeat_at=now - 5 * MINUTE)
    Queue.objects.create(
        name="mail", paused_at=now - 7 * MINUTE, paused_by="ana", paused_reason="db move"
    )
    make_pool("gpu", slots=3, memory=64)
    make_pool("open")
    history(
        make_job(
            name="steady", schedule="*/5 * * * *", timezone="Europe/Berlin", timeout_seconds=90
        ),
        dice,
        45,
    )
    history(
        make_job(name="shaky", schedule="@every 90s", max_retries=2, retry_backoff_seconds=10),
        dice,
        75,
    )
    failing(make_job(name="broken", schedule="30 2 * * *"))
    skipping(make_job(name="overlapping", schedule="* * * * *", overlap_policy="skip"))
    at_work(make_job(name="counting", schedule="@manual", pool="gpu", resources={"memory": 20}))
    for minutes in (3, 11):
        waiting = make_job(name=f"waiting-{minutes}-minutes", schedule="0 4 * * *", queue="mail")
        make_run(waiting, scheduled_for=now - minutes * MINUTE, available_at=now - minutes * MINUTE)
    update_job(Job.objects.get(name="steady"), {"description": "again"}, actor=by("ana"), now=now)
    create_token(
        User.objects.get(username="admin"), name="ci", actor=by("ana"), now=now - timedelta(days=3)
    )
    begin_bulk("set_queue", {"search": "waiting"}, {"queue": "mail"}, actor=by("ana"), now=now)
    begin_bulk("add_tag", {"search": "s"}, {"tags": ["new"]}, actor=by("ana"), now=now)
    for _ in range(4):
        BulkOperations().run_once(now=timezone.now())
    RollUps().run_once(now=timezone.now())
    Alerts().run_once(now=timezone.now())
    Troubles().run_once(now=timezone.now())


def history(job: Job, dice: random.Random, number: int) -> None:
    """Runs of two months that ended in every way, the newest a few minutes ago."""
    now = timezone.now()
    for index in range(number):
        ended = now - timedelta(minutes=3 + index * index * (60 * 24 * 50) / number**2)
        took = timedelta(
            milliseconds=int(
                dice.choice([40, 700, 9_400, 41_000, 250_000]) * dice.uniform(0.8, 1.2)
            )
        )
        state = dice.choice(["succeeded"] * 6 + ["failed", "timed_out", "cancelled"])
        waited = timedelta(milliseconds=dice.randrange(0, 90_000))
        fields = (
            {"error": "ValueError: no such customer", "fingerprint": FINGERPRINT}
            if state in {"failed", "timed_out"}
            else {}
        )
        resolved = {"resolved_at": now} if index % 3 else {}
        make_run(
            job, state=state, attempt=1 + index % 3, publish_count=1 + index % 3,
            started_at=ended - took,
            finished_at=ended, available_at=ended - took - waited,
            scheduled_for=ended - took - waited,
            worker="alpha@one", created_at=ended - took - waited, **fields, **resolved,
        )  # fmt: skip


def failing(job: Job) -> None:
    """Five failures in a row, with attempts and a log."""
    now = timezone.now()
    for index in range(5, 0, -1):
        start = now - index * 20 * MINUTE
        run = make_run(
            job, state="failed", attempt=2, publish_count=2, started_at=start,
            finished_at=start + timedelta(seconds=1.5), scheduled_for=start - MINUTE,
            available_at=start,
            created_at=start - MINUTE, error="KeyError: 'x'", fingerprint="cd" * 20,
            worker="alpha@one",
            published_at=start,
        )  # fmt: skip
        for number, after in ((1, -30), (2, 0)):
            begun = start + timedelta(seconds=after)
            attempt = make_attempt(run, number, "failed", date_started=begun)
            TaskResult.objects.filter(pk=attempt.pk).update(
                date_done=begun + timedelta(seconds=1.5)
            )
        make_log(run, "INFO begins\nERROR it breaks\n", attempt=2)


def skipping(job: Job) -> None:
    now = timezone.now()
    first = make_run(
        job, state="running", attempt=1, publish_count=1, exclusive=True,
        started_at=now - 9 * MINUTE,
        worker="alpha@one", lease_expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    reason = "overlap: the run of 02:00:00 UTC was still running (32 s)"
    make_run(
        job, state="skipped", finished_at=now - 2 * MINUTE, skipped_count=17,
        skipped_until=now - 2 * MINUTE,
        scheduled_for=now - 19 * MINUTE, reason=reason, other_run=first.pk,
    )  # fmt: skip


def at_work(job: Job) -> None:
    """One that says how far it is, one of whose job it is known how long it takes, one that waits
    for a retry.
    """
    now = timezone.now()
    working = {
        "attempt": 1,
        "publish_count": 1,
        "worker": "beta@two",
        "lease_expires_at": now + timedelta(hours=1),
    }
    counting = make_run(
        job, state="running", started_at=now - 10 * MINUTE, progress={"current": 41, "total": 50},
        published_at=now, **working,
    )  # fmt: skip
    make_attempt(counting, 1, None, worker="beta@two")
    usual = Job.objects.get(name="steady")
    make_run(
        usual, state="running", started_at=now - timedelta(seconds=2), published_at=now, **working
    )
    make_run(
        job,
        available_at=now + timedelta(hours=2),
        attempt=1,
        publish_count=1,
        failures=1,
        error="late",
    )
    assert Run.objects.get(pk=counting.pk).state == RunState.RUNNING
