"""Direct runs: written as published, one statement a batch, and sent after the commit; what they
must not do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from jobs import conf, events
from jobs.dispatch.clock import database_now
from jobs.models import Job, JobState, OverlapPolicy, Queue, Run, RunState
from jobs.models.run import occurrence_key
from jobs.scheduler.direct import Direct
from jobs.scheduler.planner import plan_due
from jobs.scheduler.tick import Tick
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once

DUE = timezone.now().replace(microsecond=0)


def due_job(**fields: Any) -> Job:
    """One whose occurrence at DUE is the next of its rule, and no other is due."""
    fields = {"schedule": "@every 1h", "created_at": DUE - timedelta(hours=1)} | fields
    job = make_job(**fields)
    JobState.objects.filter(job=job).update(next_run_at=DUE)
    return job


def plan(now: Any = None) -> Direct:
    now = now or DUE + timedelta(seconds=1)
    direct = Direct(now)
    plan_due(now=now, direct=direct)
    return direct


def sent(broker: RedisServer) -> list[dict[str, Any]]:
    """Headers, in the order in which a worker takes them."""
    with broker.client() as client:
        keys = [f"default{step}" for step in ("", *(f"\x06\x16{n}" for n in range(1, 10)))]
        return [
            json.loads(text)["headers"]
            for key in keys
            for text in reversed(client.lrange(key, 0, -1))
        ]


def test_a_due_occurrence_is_a_run_that_is_published_and_sent(broker: RedisServer) -> None:
    job = due_job(params={"message": "hello"}, priority=10, max_retries=3)
    began = database_now()
    plan()
    run = Run.objects.get()
    assert (run.job_id, run.state, run.scheduled_for, run.publish_count) == (
        job.pk,
        RunState.QUEUED,
        DUE,
        1,
    )
    assert (run.task, run.params, run.queue, run.priority) == (
        "EchoTask",
        {"message": "hello"},
        "default",
        10,
    )
    assert (run.available_at, run.rank_at) == (DUE, DUE - timedelta(minutes=100))
    assert (run.occurrence_key, run.job_version) == (occurrence_key(DUE), job.version)
    assert run.published_at == run.created_at
    assert began <= run.created_at <= database_now(), (
        "the moment of the mark, by the database's clock"
    )
    (headers,) = sent(broker)
    assert (
        headers["beatwright_run"],
        headers["beatwright_publish"],
        headers["beatwright_max_retries"],
    ) == (str(run.pk), 1, 3)


def test_every_column_is_as_planning_one_by_one_writes_it(broker: RedisServer) -> None:
    due_job(name="direct")
    due_job(name="single", overlap_policy=OverlapPolicy.SKIP)
    plan()
    direct, single = (
        Run.objects.filter(job__name=name).values().get() for name in ("direct", "single")
    )
    differing = {
        name
        for (name, value), other in zip(direct.items(), single.values(), strict=True)
        if value != other
    }
    assert differing == {"id", "job_id", "created_at", "published_at", "publish_count", "exclusive"}


def test_the_state_moves_on(broker: RedisServer) -> None:
    job = due_job()
    plan()
    state = JobState.objects.get(job=job)
    assert (state.last_scheduled_for, state.next_run_at) == (DUE, DUE + timedelta(hours=1))


def test_the_last_occurrence_leaves_nothing_to_come(broker: RedisServer) -> None:
    job = due_job(ends_at=DUE + timedelta(minutes=1))
    plan()
    assert Run.objects.get().publish_count == 1
    assert JobState.objects.get(job=job).next_run_at is None


def test_the_message_is_sent_after_the_commit(broker: RedisServer) -> None:
    seen: list[tuple[bool, int]] = []

    def published(**_: Any) -> None:
        seen.append((connection.in_atomic_block, Run.objects.in_broker().count()))

    events.runs_published.connect(published)
    try:
        due_job()
        plan()
    finally:
        events.runs_published.disconnect(published)
    assert seen == [(False, 1)]


def _waits_in_line() -> None:
    make_run(make_job(), available_at=DUE - timedelta(minutes=1))


def _closed() -> None:
    Queue.objects.create(name="default", paused_at=timezone.now())


HELD_BACK: dict[str, tuple[dict[str, Any], Callable[[], object]]] = {
    "its runs may not overlap": ({"overlap_policy": OverlapPolicy.QUEUE}, lambda: None),
    "it draws on a pool": ({"pool": "gpu"}, lambda: None),
    "it needs a resource": ({"resources": {"memory": 5}}, lambda: None),
    "it is spread": ({"jitter_seconds": 3600}, lambda: None),
    "its queue is paused": ({}, _closed),
    "another run of its queue waits already": ({}, _waits_in_line),
    "more than its queue has room for is due": (
        {},
        lambda: [due_job(queue="other") for _ in range(3)],
    ),
}


@pytest.mark.parametrize("why", HELD_BACK)
def test_what_is_held_back_is_planned_and_waits_for_its_turn(
    broker: RedisServer, why: str, settings: Any
) -> None:
    settings.BEATWRIGHT = {**settings.BEATWRIGHT, "publish_window": 3}
    fields, also = HELD_BACK[why]
    job = due_job(**fields)
    also()
    plan()
    run = Run.objects.get(job=job)
    assert (run.scheduled_for, run.published_at, run.publish_count) == (DUE, None, 0)
    assert not [headers for headers in sent(broker) if headers["beatwright_run"] == str(run.pk)]


def test_of_moments_that_were_missed_none_is_direct(broker: RedisServer) -> None:
    job = due_job(schedule="@every 1s")
    plan(DUE + timedelta(seconds=2))
    assert list(Run.objects.filter(job=job).values_list("publish_count", flat=True)) == [0, 0, 0]
    late = due_job()
    plan(DUE + timedelta(seconds=conf.get().on_time_seconds))
    assert Run.objects.get(job=late).publish_count == 0


def test_a_job_changed_behind_save_is_replanned_instead(broker: RedisServer) -> None:
    job = due_job()
    Job.objects.filter(pk=job.pk).update(enabled=False)
    other = due_job()
    Job.objects.filter(pk=other.pk).update(schedule="0 0 1 1 *")
    plan()
    assert not Run.objects.filter(publish_count=1).exists()
    assert JobState.objects.get(job=job).next_run_at is None


def test_a_job_that_cannot_be_planned_is_parked_and_the_others_go_on(broker: RedisServer) -> None:
    broken, sound = due_job(), due_job()
    Job.objects.filter(pk=broken.pk).update(schedule="no schedule")
    key = JobState.objects.get(job=broken).rule_key.replace("@every 1h", "no schedule")
    JobState.objects.filter(job=broken).update(rule_key=key)
    plan()
    assert [run.job_id for run in Run.objects.all()] == [sound.pk]
    state = JobState.objects.get(job=broken)
    assert state.next_run_at is None
    assert "ScheduleError" in state.schedule_error


def test_an_occurrence_on_record_is_neither_written_nor_sent_again(broker: RedisServer) -> None:
    job = due_job()
    there = make_run(
        job, scheduled_for=DUE, occurrence_key=occurrence_key(DUE), state=RunState.SUCCEEDED
    )
    fresh = due_job()
    plan()
    assert Run.objects.get(job=job).pk == there.pk
    assert [headers["beatwright_run"] for headers in sent(broker)] == [
        str(Run.objects.get(job=fresh).pk)
    ]
    assert JobState.objects.get(job=job).next_run_at == DUE + timedelta(hours=1)


def test_what_is_accounted_for_is_not_opened_again(broker: RedisServer) -> None:
    job = due_job()
    JobState.objects.filter(job=job).update(last_scheduled_for=DUE)
    plan()
    assert not Run.objects.exists()
    assert JobState.objects.get(job=job).next_run_at == DUE + timedelta(hours=1)


def test_a_broker_that_takes_nothing_leaves_the_runs_ready(broker: RedisServer) -> None:
    due_job()
    due_job()
    broker.stop()
    assert not plan().is_open
    assert list(Run.objects.values_list("published_at", "publish_count")) == [(None, 1), (None, 1)]
    broker.start()
    Tick().run_once()
    assert sorted(headers["beatwright_publish"] for headers in sent(broker)) == [2, 2]


def test_a_loop_whose_broker_is_away_goes_on_planning(broker: RedisServer) -> None:
    turn = Tick()
    broker.stop()
    for _ in range(2):
        due_job()
        turn.run_once()
    assert list(Run.objects.values_list("published_at", flat=True)) == [None, None]
    assert sorted(Run.objects.values_list("publish_count", flat=True)) == [0, 1], (
        "marked once in vain, and not again"
    )


def test_several_planners_at_once_write_and_send_each_once(broker: RedisServer) -> None:
    for _ in range(60):
        due_job()
    at_once([plan] * 3)
    plan()
    assert Run.objects.filter(publish_count=1).count() == Run.objects.count() == 60
    assert len({headers["beatwright_run"] for headers in sent(broker)}) == len(sent(broker)) == 60


def test_the_best_rank_is_sent_first(broker: RedisServer) -> None:
    for priority in (0, 5, -3, 9):
        due_job(name=str(priority), priority=priority)
    plan()
    assert [headers["periodic_task_name"] for headers in sent(broker)] == ["9", "5", "0", "-3"]


def test_a_batch_costs_as_many_statements_as_a_job(
    broker: RedisServer, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        due_job(priority=number)
    with django_assert_max_num_queries(11):
        plan()
    assert Run.objects.filter(publish_count=1).count() == 20
