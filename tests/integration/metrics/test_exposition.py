"""What is exported: the whole installation's numbers, from the database, which only grow where they
should.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from jobs.maintenance.rollups import RollUps
from jobs.metrics import exposition
from jobs.models import Job, KafkaPartition, Run, RunState, Scheduler
from tests.support.builders import make_job, make_leader, make_pool, make_run, make_worker

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]


def scrape() -> Samples:
    text = exposition(now=timezone.now()).decode()
    families = text_string_to_metric_families(text)
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in families
        for one in family.samples
    }


def value(name: str, **labels: str) -> float:
    return scrape()[name, frozenset(labels.items())]


def ended(
    job: Job | None = None, state: RunState = RunState.SUCCEEDED, seconds: float = 2, **fields: Any
) -> Run:
    """A run that is over, having taken so long."""
    now = timezone.now()
    values: dict[str, Any] = {"attempt": 1, "finished_at": now}
    values |= {
        "available_at": now - timedelta(seconds=seconds + 1),
        "started_at": now - timedelta(seconds=seconds),
    }
    return make_run(job, state=state, **(values | fields))


def roll_up() -> None:
    RollUps().run_once(now=timezone.now())


def test_runs_that_ended_are_counted_by_task() -> None:
    for state in (RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.FAILED, RunState.TIMED_OUT):
        ended(state=state)
    ended(attempt=3, failures=2)
    roll_up()
    assert value("jobs_completed_total", task="EchoTask") == 3
    assert value("jobs_failed_total", task="EchoTask") == 2
    assert value("jobs_started_total", task="EchoTask") == 7
    assert value("job_retries_total", task="EchoTask") == 2
    assert value("job_runs_total", task="EchoTask", state="timed_out") == 1


def test_a_start_is_counted_at_once_and_never_less_afterwards() -> None:
    run = make_run(state=RunState.RUNNING, attempt=1, started_at=timezone.now())
    seen = [value("jobs_started_total", task="EchoTask")]
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED)  # waits for its retry
    seen.append(value("jobs_started_total", task="EchoTask"))
    Run.objects.filter(pk=run.pk).update(
        state=RunState.SUCCEEDED, attempt=2, finished_at=timezone.now()
    )
    seen.append(value("jobs_started_total", task="EchoTask"))
    roll_up()
    seen.append(value("jobs_started_total", task="EchoTask"))
    Run.objects.filter(pk=run.pk).delete()  # as retention does
    seen.append(value("jobs_started_total", task="EchoTask"))
    assert seen == [1, 1, 2, 2, 2]


def test_skipped_runs_are_counted_by_reason() -> None:
    for reason in ("overlap: it is still running", "missed: far behind", "missed: too late"):
        make_run(state=RunState.SKIPPED, finished_at=timezone.now(), reason=reason)
    roll_up()
    assert value("jobs_skipped_total", task="EchoTask", reason="missed") == 2
    assert value("jobs_skipped_total", task="EchoTask", reason="overlap") == 1


def test_durations_are_by_job_and_start_lag_by_task() -> None:
    ended(make_job(name="nightly"), seconds=2)
    roll_up()
    samples = scrape()
    nightly = {"task": "EchoTask", "job": "nightly"}
    assert samples["job_duration_seconds_bucket", frozenset((nightly | {"le": "1.0"}).items())] == 0
    assert samples["job_duration_seconds_bucket", frozenset((nightly | {"le": "2.5"}).items())] == 1
    assert samples["job_duration_seconds_count", frozenset(nightly.items())] == 1
    assert 1.9 < samples["job_duration_seconds_sum", frozenset(nightly.items())] < 2.5
    assert samples["job_start_lag_seconds_count", frozenset({("task", "EchoTask")})] == 1


def test_a_pool_tells_its_slots_what_is_in_use_and_what_waits() -> None:
    make_pool("gpu", slots=2)
    make_pool("memory", memory=100)
    job = make_job(pool="gpu", resources={"cpu": 3})
    make_run(job, state=RunState.RUNNING)
    make_run(job)
    found = scrape()
    assert found["jobs_pool_slots", frozenset({("pool", "gpu")})] == 2
    assert ("jobs_pool_slots", frozenset({("pool", "memory")})) not in found
    used = {
        resource: value("jobs_pool_used", pool="gpu", resource=resource)
        for resource in ("slots", "cpu", "memory")
    }
    assert used == {"slots": 1, "cpu": 3, "memory": 0}
    assert value("jobs_pool_waiting", pool="gpu") == 1


def test_durations_are_by_task_where_the_jobs_are_too_many(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"metrics_most_jobs": 1}
    ended(make_job(name="one"))
    ended(make_job(name="two"))
    roll_up()
    assert value("job_duration_seconds_count", task="EchoTask", job="") == 2
    assert not [labels for _, labels in scrape() if ("job", "one") in labels]


def test_queues_tell_what_waits_how_long_and_how_many_processes_that_would_take() -> None:
    make_worker("default")
    now = timezone.now()
    make_run(scheduled_for=now - timedelta(seconds=30))
    make_run(scheduled_for=now - timedelta(seconds=90), published_at=now, publish_count=1)
    make_run(scheduled_for=now + timedelta(hours=1))
    assert value("jobs_queue_waiting", queue="default") == 1
    assert value("jobs_queue_published", queue="default") == 1
    assert 89 < value("jobs_queue_oldest_seconds", queue="default") < 100
    assert value("jobs_queue_workers", queue="default") == 1
    assert value("jobs_queue_paused", queue="default") == 0
    assert value("jobs_queue_demand", queue="default") >= 1


def test_the_lag_of_kafka_consumers_is_told_until_a_day_after_the_last_one() -> None:
    now = timezone.now()
    place = {"group": "g", "topic": "orders"}
    for partition, age in enumerate((30, 2 * 86_400)):
        seen_at = now - timedelta(seconds=age)
        KafkaPartition.objects.create(
            group="g", topic="orders", partition=partition, offset=40, end=47, seen_at=seen_at
        )
    assert value("jobs_kafka_lag", **place, partition="0") == 7
    assert 29 < value("jobs_kafka_seen_age_seconds", **place, partition="0") < 90
    assert ("jobs_kafka_lag", frozenset((place | {"partition": "1"}).items())) not in scrape()


def test_running_runs_dead_letters_and_the_fleet_are_told() -> None:
    make_leader(holder="here:1")
    now = timezone.now()
    Scheduler.objects.create(
        name="here:1", host="here", started_at=now, ticked_at=now - timedelta(seconds=5)
    )
    Scheduler.objects.create(name="there:1", host="there", started_at=now, ticked_at=now)
    make_worker(
        "default",
        name="w1@here",
        concurrency=4,
        busy=3,
        stuck=1,
        children_killed=5,
        children_replaced=7,
        junk_messages=3,
        refused_messages=9,
    )
    make_run(state=RunState.RUNNING, attempt=1)
    ended(state=RunState.FAILED)
    assert value("jobs_running") == 1
    assert value("jobs_dead_letters") == 1
    assert (value("jobs_workers"), value("jobs_worker_slots"), value("jobs_worker_slots_busy")) == (
        1,
        4,
        3,
    )
    assert (
        value("jobs_worker_slots_stuck"),
        value("jobs_worker_children_killed", worker="w1@here"),
    ) == (1, 5)
    assert value("jobs_worker_children_replaced", worker="w1@here") == 7
    assert value("jobs_worker_junk_messages", worker="w1@here") == 3
    assert value("jobs_worker_refused_messages", worker="w1@here") == 9
    assert 4 < value("jobs_scheduler_tick_age_seconds", scheduler="here:1") < 10
    assert value("jobs_scheduler_leader", scheduler="here:1") == 1
    assert value("jobs_scheduler_leader", scheduler="there:1") == 0
    assert value("jobs_alerts", kind="late") == 0


@pytest.fixture
def many() -> None:
    for number in range(30):
        ended(make_job(name=f"job {number}"))
        make_run(scheduled_for=timezone.now() - timedelta(minutes=1))
    roll_up()


@pytest.mark.usefixtures("many")
def test_a_scrape_takes_a_known_number_of_queries(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(30):
        scrape()
