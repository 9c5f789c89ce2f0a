"""The worker's row, and what a new worker does for the dead ones of its host."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from jobs.execution.consumer.entrance import Refusal
from jobs.execution.consumer.refusals import Refusals
from jobs.execution.isolation.processes import identity, parent_of
from jobs.execution.supervision.stuck import StuckChildren
from jobs.execution.worker.registration import Registration
from jobs.lifecycle.claim import claim
from jobs.models import Alert, AlertKind, Run, RunState, Worker
from jobs.queries.workers import live_workers
from tests.integration.execution.delivery import HERE, attempts_of, message_of, published_run
from tests.integration.execution.pool import BODY, Pool, take
from tests.support.builders import make_worker
from tests.support.eventually import eventually

OUR_SURROUNDINGS = identity().rsplit(" ", 2)[0]


def registration(
    name: str = HERE, *, queues: tuple[str, ...] = ("default",), **worker: Any
) -> Registration:
    amqp = SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues)))
    app = SimpleNamespace(amqp=amqp, tasks={"EchoTask": None, "Sleep": None})
    worker = {"hostname": name, "app": app, "concurrency": 3} | worker
    return Registration(SimpleNamespace(**worker), StuckChildren(None))


def dead_worker(name: str = "dead@here", **fields: Any) -> Worker:
    """A worker of this host and boot whose pid is free: no process may have number 0."""
    return make_worker(
        name=name, **({"host": platform.node(), "identity": f"{OUR_SURROUNDINGS} 0 1"} | fields)
    )


def run_of(worker: str) -> Run:
    run = published_run()
    assert claim(message_of(run, worker=worker))
    return run


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_when_a_worker_has_last_refused_a_message_is_noted_once_for_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.execution.worker.registration.refusals", refused := Refusals())
    ours = registration()
    ours.run_once()
    assert Worker.objects.get().refused_at is None
    refused.note(Refusal("plain", "the task 'x' is no run"), now=1.0)
    ours.run_once()
    first = Worker.objects.get()
    assert (first.refused_messages, first.refused_last) == (1, "the task 'x' is no run")
    ours.run_once()
    assert Worker.objects.get().refused_at == first.refused_at
    refused.note(Refusal("run", "a run of the task 'x'"), now=2.0)
    ours.run_once()
    assert first.refused_at
    last = Worker.objects.get().refused_at
    assert last
    assert last > first.refused_at
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.closed_at) == (AlertKind.REFUSED, HERE, None)
    assert (
        alert.message
        == f"worker {HERE} has refused 1 message since it started; the last one: the task 'x' "
        "is no run"
    )


def test_what_was_refused_before_the_worker_had_a_row_is_noted_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.execution.worker.registration.refusals", refused := Refusals())
    refused.note(Refusal("plain", "the task 'x' is no run"), now=1.0)
    registration().run_once()
    assert Worker.objects.get().refused_at
    assert Alert.objects.get().kind == AlertKind.REFUSED


def test_a_worker_says_who_it_is_and_what_it_serves(pool: Pool) -> None:
    registration(queues=("reports", "default"), max_concurrency=8).run_once()

    row = Worker.objects.get()
    assert (row.name, row.host, row.identity) == (HERE, platform.node(), identity())
    assert (row.queues, row.tasks) == (["default", "reports"], ["EchoTask", "Sleep"])
    assert (row.concurrency, row.busy, row.stopped_at) == (8, 0, None)
    assert [worker.name for worker in live_workers(now=timezone.now()).consumers("reports")] == [
        HERE
    ]


def test_a_heartbeat_is_one_statement_and_tells_what_has_changed(
    pool: Pool, django_assert_num_queries: Any
) -> None:
    own = registration()
    own.run_once()
    long_ago = timezone.now() - timedelta(hours=1)
    Worker.objects.update(heartbeat_at=long_ago, started_at=long_ago)
    own.worker.app.amqp.queues.consume_from["new"] = None
    hand = take(published_run(), pool.fork().pid)

    with django_assert_num_queries(1, using="lifecycle"):
        own.run_once()

    row = Worker.objects.get()
    assert row.heartbeat_at > timezone.now() - timedelta(minutes=1)
    assert (row.started_at, row.queues, row.busy) == (long_ago, ["default", "new"], 1), hand


def test_a_worker_that_ends_says_goodbye(pool: Pool) -> None:
    own = registration()
    own.run_once()

    own.goodbye()

    assert Worker.objects.get().stopped_at
    assert live_workers(now=timezone.now()).workers == []


def test_a_restart_under_the_same_name_is_the_same_row_that_lives_again(pool: Pool) -> None:
    restarted = timezone.now() - timedelta(minutes=5)
    make_worker(
        name=HERE, stopped_at=restarted, restarted_at=restarted, identity="another boot 1 1"
    )

    registration().run_once()

    row = Worker.objects.get()
    assert (row.identity, row.stopped_at, row.restarted_at) == (identity(), None, restarted)


def test_rows_of_workers_that_are_long_gone_are_deleted(pool: Pool) -> None:
    make_worker(name="old", heartbeat_at=timezone.now() - timedelta(days=8))
    make_worker(name="recent", heartbeat_at=timezone.now() - timedelta(days=6))

    registration().run_once()

    assert set(Worker.objects.values_list("name", flat=True)) == {"recent", HERE}


def test_what_a_dead_worker_of_this_host_was_running_is_lost_at_once(pool: Pool) -> None:
    dead_worker()
    run, other = run_of("dead@here"), run_of("living@here")
    make_worker(name="living@here", host=platform.node(), identity=identity())

    assert registration().run_once() == {"runs of dead workers recovered": 1}

    assert (fresh(run).state, fresh(run).losses, fresh(run).published_at) == (
        RunState.QUEUED,
        1,
        None,
    )
    assert fresh(run).error.endswith("its worker was killed")
    assert fresh(other).state == RunState.RUNNING
    assert Worker.objects.get(pk="dead@here").stopped_at


@pytest.mark.parametrize(
    "fields",
    [{"host": "elsewhere"}, {"identity": "another-boot pid:[1] 0 1"}, {"identity": "boot 1 0"}],
)
def test_a_worker_that_may_live_keeps_its_runs(pool: Pool, fields: dict[str, str]) -> None:
    dead_worker(**fields)
    run = run_of("dead@here")

    assert registration().run_once() == {"runs of dead workers recovered": 0}

    assert fresh(run).state == RunState.RUNNING


def test_under_the_same_name_only_what_this_process_does_not_have_in_hand_is_lost(
    pool: Pool,
) -> None:
    dead_worker(HERE)
    old, own = run_of(HERE), run_of(HERE)
    hand = take(own)

    assert registration().run_once() == {"runs of dead workers recovered": 1}, hand

    assert (fresh(old).state, fresh(own).state) == (RunState.QUEUED, RunState.RUNNING)
    assert Worker.objects.get().stopped_at is None


def test_a_worker_that_was_restarted_in_place_loses_nothing_of_what_it_left(pool: Pool) -> None:
    make_worker(name=HERE, host=platform.node(), identity=identity(), stopped_at=timezone.now())
    run = run_of(HERE)

    assert registration().run_once() == {"runs of dead workers recovered": 1}

    assert fresh(run).state == RunState.QUEUED


def test_what_a_dead_workers_bodies_had_started_is_killed(pool: Pool) -> None:
    dead_worker()
    run = run_of("dead@here")
    child = subprocess.Popen(
        [sys.executable, "-S", "-c", BODY], process_group=0, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    grandchild = int(child.stdout.readline())
    attempt = attempts_of(run)[0]
    attempt.meta = attempt.meta.replace('"pid": ', f'"pid": {child.pid}, "was": ')
    attempt.save()
    child.kill()
    child.wait(10)
    child.stdout.close()

    registration().run_once()

    eventually(lambda: parent_of(grandchild) is None)
