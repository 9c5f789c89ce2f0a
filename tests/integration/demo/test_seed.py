"""The demo's rows are rows like any other."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django_celery_results.models import TaskResult

from jobs.demo.company import COMPANY, PAUSED
from jobs.demo.night import NIGHT
from jobs.demo.seed import Seeded, seed
from jobs.history.stored import Scope, examine
from jobs.models import Health, Job, Pool, Run, RunLog
from jobs.queries.site.rollups import job_health

NOW = datetime(2026, 11, 26, 12, 0, 7, tzinfo=UTC)


def seeded(now: datetime = NOW) -> Seeded:
    return seed(days=3, runs_per_job=40, now=now, dice=random.Random(1))


def test_every_job_of_the_company_is_there_with_a_past_that_is_over_and_counted() -> None:
    done = seeded()
    assert done.jobs == len(COMPANY) + len(NIGHT) == Job.objects.count()
    assert done.runs == Run.objects.count() > 300
    assert not Run.objects.filter(finished_at=None).exists()
    assert not Run.objects.to_roll_up().exists()
    assert set(Job.objects.exclude(pool="").values_list("pool", flat=True)) == set(
        Pool.objects.in_bulk()
    )
    assert set(Job.objects.filter(enabled=False).values_list("name", flat=True)) == set(PAUSED)


def test_it_has_successes_failures_and_skips_and_shows_who_is_failing() -> None:
    seeded()
    states = Counter(Run.objects.values_list("state", flat=True))
    assert states["succeeded"] > states["failed"] > 0
    assert states["skipped"] > 0
    failing = Job.objects.get(name="billing-sync")
    assert job_health([failing])[failing.pk].health == Health.FAILING


def test_attempts_and_logs_belong_to_runs_of_their_time() -> None:
    seeded()
    run = Run.objects.filter(state="succeeded", job__name="currency-rates").order_by("-id").first()
    assert run
    assert run.started_at
    attempt = TaskResult.objects.get(task_id=f"{run.pk}.{run.attempt}")
    assert attempt.date_done == run.finished_at
    assert "currency-rates begins" in RunLog.objects.get(run=run).text
    assert abs(run.started_at - run.scheduled_for) < timedelta(minutes=2)


def test_its_history_keeps_the_promises() -> None:
    done = seeded()
    report = examine(Scope(NOW))
    assert (report.runs, report.violations) == (done.runs, [])
    assert report.attempts > done.runs / 2


def test_a_second_time_it_adds_nothing() -> None:
    seeded()
    assert seeded(NOW + timedelta(hours=1)) == Seeded(jobs=0, runs=0)


def test_a_number_that_makes_no_sense_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match=r"^days: must be a number from 1 to 365$"):
        call_command("seed_demo", "--days", "0")
    assert not Job.objects.exists()
