"""One odd job, state or file stops nothing: it is parked or left out, by name, and every other one
is planned.
"""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs.maintenance.rollups import RollUps
from jobs.maintenance.services import leader_services
from jobs.maintenance.stateless import Stateless
from jobs.models import Job, JobHealth, JobState, Queue, Run, Total
from jobs.models.stats.histogram import empty_histogram
from jobs.scheduler.clock_watch import WatchedClock
from jobs.scheduler.leader import LeaderThreads
from jobs.scheduler.lease import Lease
from jobs.scheduler.pulse import Pulse
from jobs.scheduler.tick import Tick
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer

LONG_AGO = timedelta(minutes=10)


def make_due(*jobs: Job) -> None:
    JobState.objects.filter(job__in=jobs).update(next_run_at=timezone.now() - timedelta(seconds=1))


def odd_jobs() -> dict[str, str]:
    """Jobs as they may lie in the database, by name, and a piece of what is said of each that
    cannot be planned.
    """
    names = {
        "zone": ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        "text": ({"schedule": "every full moon"}, "cron has 5 or 6 fields"),
        "empty": ({"schedule": ""}, ""),
        "long": ({"schedule": "0 0 * * * " * 40}, ""),
        "policy": ({"overlap_policy": "elbow"}, "elbow"),
        "misfire": ({"misfire_policy": "whenever"}, ""),
        "task": ({"task": "no.such.task"}, ""),
        "queue": ({"queue": "\x1b]0;odd queue\x07"}, ""),
    }
    for name, (fields, _) in names.items():
        job = make_job(name=name)
        make_due(job)
        Job.objects.filter(pk=job.pk).update(**fields)
    return {name: told for name, (_, told) in names.items() if told}


def plant_odd_states() -> None:
    """States that no code of ours writes."""
    for fields in (
        {"rule_key": ""},
        {"anchor": timezone.now() + timedelta(days=3650)},
        {"schedule_error": "old"},
    ):
        job = make_job()
        make_due(job)
        JobState.objects.filter(job=job).update(**fields)
    JobState.objects.filter(job=make_job(name="stateless")).delete()


def test_every_good_job_is_planned_and_published_whatever_the_others_hold(
    broker: RedisServer,
) -> None:
    first = make_job(name="a-first")
    told = odd_jobs()
    plant_odd_states()
    last = make_job(name="z-last")
    make_due(first, last)
    Queue.objects.create(
        name="\x1b", paused_at=timezone.now(), paused_until=timezone.now() - LONG_AGO
    )
    turn = Tick()
    for _ in range(2):
        turn.run_once()
    for job in (first, last):
        run = Run.objects.filter(job=job).first()
        assert run is not None
        assert run.publish_count == 1
    broken = dict(
        JobState.objects.exclude(schedule_error="").values_list("job__name", "schedule_error")
    )
    for name, text in told.items():
        assert text in broken[name]


def test_no_service_of_the_leader_fails_for_an_odd_job(
    broker: RedisServer, caplog: pytest.LogCaptureFixture, settings: Any, tmp_path: Any
) -> None:
    odd_jobs()
    plant_odd_states()
    paused = {
        "enabled": False,
        "paused_at": timezone.now(),
        "paused_until": timezone.now() - LONG_AGO,
    }
    Job.objects.filter(name__in=["zone", "text", "policy"]).update(**paused)
    good = make_job(name="z-good")
    Job.objects.filter(pk=good.pk).update(**paused)
    broken, nested = tmp_path / "broken.json", tmp_path / "nested.json"
    broken.write_text('{"jobs": [')
    nested.write_text("[" * 200_000)
    fine = tmp_path / "fine.json"
    fine.write_text(
        json.dumps({"jobs": [{"name": "from-a-file", "task": "EchoTask", "schedule": "@hourly"}]})
    )
    settings.BEATWRIGHT = settings.BEATWRIGHT | {
        "schedule_files": [str(broken), str(nested), str(fine)]
    }
    for service in leader_services(WatchedClock().moment):
        service.run()
    assert "trying again" not in caplog.text
    good.refresh_from_db()
    assert good.enabled
    assert Job.objects.filter(name="from-a-file").exists()


def test_a_scheduler_that_does_not_lead_follows_its_own_schedule_files(
    settings: Any, tmp_path: Any
) -> None:
    path = tmp_path / "its-own.json"
    path.write_text(
        json.dumps({"jobs": [{"name": "from-a-file", "task": "EchoTask", "schedule": "@hourly"}]})
    )
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"schedule_files": [str(path)]}
    assert Lease("elsewhere").renew()
    stateless = make_job()
    JobState.objects.filter(job=stateless).delete()
    threads = LeaderThreads(Lease("here"), Pulse("here", "host", lambda: 0.0), clock=WatchedClock())
    threads.run_round(leader_services(threads.clock.moment))
    assert Job.objects.filter(name="from-a-file").exists()
    assert not JobState.objects.filter(job=stateless).exists(), "that is the leader's to do"


def test_a_job_without_a_state_is_given_one() -> None:
    job = make_job()
    JobState.objects.filter(job=job).delete()
    assert Stateless().run_once(now=timezone.now()) == {"jobs planned first": 1}
    assert JobState.objects.get(job=job).next_run_at is not None
    assert Stateless().run_once(now=timezone.now()) == {"jobs planned first": 0}


def test_the_console_and_the_metrics_show_what_there_is_beside_odd_jobs() -> None:
    odd_jobs()
    plant_odd_states()
    Stateless().run_once(now=timezone.now())
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    for address in (
        "/admin/",
        "/admin/beatwright/job/",
        "/metrics",
        "/api/v1/jobs/",
        "/admin/beatwright/run/",
    ):
        assert boss.get(address, follow=True).status_code == 200, address
    for job in Job.objects.all():
        assert boss.get(f"/admin/beatwright/job/{job.pk}/").status_code == 200, job.name
        assert boss.get(f"/api/v1/jobs/{job.pk}/why/").status_code in {200, 404}, job.name


def test_odd_roll_ups_leave_the_others_alone() -> None:
    odd, good = make_job(name="odd", task="Odd"), make_job(name="good")
    JobHealth.objects.filter(job=odd).update(recent=[["nonsense"], 7])
    for task, histogram, skips in (("Odd", [1, 2], []), ("EchoTask", empty_histogram(), {})):
        counted: dict[str, Any] = {
            "wait_histogram": histogram,
            "duration_histogram": histogram,
            "skips": skips,
        }
        Total.objects.create(task=task, succeeded=1, **counted)
    now = timezone.now()
    times = {"started_at": now - timedelta(seconds=2), "finished_at": now, "attempt": 1}
    for job in (odd, good):
        make_run(job, state="succeeded", available_at=now - LONG_AGO, **times)
    for _ in range(3):
        RollUps().run_once(now=now)
    assert JobHealth.objects.get(job=good).last_success_at is not None
    assert not Run.objects.to_roll_up().exists()
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    assert boss.get("/admin/beatwright/job/").status_code == 200
    metrics = boss.get("/metrics").content.decode()
    assert 'jobs_completed_total{task="Odd"} 1.0' in metrics
    assert 'job_start_lag_seconds_count{task="EchoTask"}' in metrics


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="other databases take no text for a moment"
)
def test_a_state_that_cannot_be_read_is_parked(broker: RedisServer) -> None:
    odd, good = make_job(name="odd"), make_job(name="good")
    make_due(odd, good)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE beatwright_jobstate SET anchor = '0000-soon' WHERE job_id = %s",
            [uuid.UUID(str(odd.pk)).hex],
        )
    turn = Tick()
    turn.run_once()
    assert Run.objects.filter(job=good).exists()
    assert JobState.objects.filter(job=odd, next_run_at=None).exclude(schedule_error="").exists()
