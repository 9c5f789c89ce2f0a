"""A call of a task is a run, with the caller's transaction or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import signature
from django.db import connection, transaction
from django.utils import timezone

from beatwright import enqueue
from jobs.errors import DomainError, InvalidParams, UnknownTask
from jobs.models import AuditEntry, Job, OverlapPolicy, Run, RunState, Trigger
from tasks.basics import echo_task, log_task
from tests.support.redis import RedisServer
from tests.support.threads import at_once

pytestmark = pytest.mark.usefixtures("broker")


def test_a_call_is_a_queued_run_whose_message_is_in_the_broker(broker: RedisServer) -> None:
    run = Run.objects.get(pk=enqueue(log_task.s("hi")))
    assert (run.state, run.trigger) == (RunState.QUEUED, Trigger.API)
    assert (run.task, run.params) == ("LogTask", {"message": "hi"})
    assert run.published_at


def test_nothing_is_sent_before_the_callers_transaction_is_committed() -> None:
    with transaction.atomic():
        pk = enqueue(log_task, params={"message": "hi"})
        assert Run.objects.get(pk=pk).published_at is None
    assert Run.objects.get(pk=pk).published_at


def test_a_call_goes_with_the_transaction_that_made_it() -> None:
    with transaction.atomic():
        enqueue(echo_task)
        transaction.set_rollback(True)
    assert not Run.objects.exists()
    assert not Job.objects.exists()


def test_all_calls_of_a_task_are_runs_of_one_job() -> None:
    for number in range(3):
        enqueue(echo_task.s(number=number))
    job = Job.objects.get()
    assert (job.name, job.schedule, job.source) == (
        "Calls of EchoTask",
        "@manual",
        "calls:EchoTask",
    )
    assert job.runs.count() == 3
    assert AuditEntry.objects.count() == 1  # of the job; the runs are their own record


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_calls_of_the_same_task_do_not_wait_for_each_others_transactions() -> None:
    enqueue(echo_task)
    with transaction.atomic():
        enqueue(echo_task)
        [other] = at_once([lambda: enqueue(echo_task)])
        assert Run.objects.filter(pk=other).exists()


def test_a_call_with_a_time_is_sent_no_earlier() -> None:
    later = timezone.now() + timedelta(hours=1)
    run = Run.objects.get(pk=enqueue(echo_task, eta=later))
    assert run.available_at == run.scheduled_for == later
    assert run.published_at is None


def test_the_same_key_is_the_same_run() -> None:
    first = enqueue(echo_task.s(n=1), key="order 7")
    assert enqueue(echo_task.s(n=2), key="order 7") == first
    assert enqueue(log_task.s("hi"), key="order 7") != first
    assert Run.objects.get(pk=first).params == {"n": 1}


def test_the_same_key_at_the_same_moment_is_one_run() -> None:
    assert len(set(at_once([lambda: enqueue(echo_task, key="a")] * 2))) == 1


def test_queue_priority_and_expiry_come_from_the_call_then_from_the_signature() -> None:
    reporting = echo_task.s().set(queue="reports", expires=60)
    run = Run.objects.get(pk=enqueue(reporting))
    assert (run.queue, run.start_by) == ("reports", run.available_at + timedelta(seconds=60))
    run = Run.objects.get(pk=enqueue(reporting, queue="mail", priority=7))
    assert (run.queue, run.priority) == ("mail", 7)
    assert run.rank_at < run.available_at


def test_an_operator_decides_for_all_calls_of_a_task() -> None:
    enqueue(echo_task)
    Job.objects.update(queue="slow", priority=-5, overlap_policy=OverlapPolicy.SKIP)
    run = Run.objects.get(pk=enqueue(echo_task))
    assert (run.queue, run.priority, run.state) == ("slow", -5, RunState.SKIPPED)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: enqueue(log_task), InvalidParams, "message"),
        (lambda: enqueue(log_task.s("a"), params={"message": "b"}), DomainError, "given twice"),
        (lambda: enqueue(echo_task.s().set(countdown=5)), DomainError, "cannot be kept"),
        (lambda: enqueue(echo_task.signature(time_limit=5)), DomainError, "in their job"),
        (lambda: enqueue(echo_task.s() | echo_task.s()), DomainError, "one task"),
        (lambda: enqueue(signature("none such")), UnknownTask, "none such"),
    ],
)
def test_a_call_that_cannot_be_run_is_refused_and_leaves_nothing(
    call: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]
    assert not Run.objects.exists()


def test_without_a_broker_the_run_is_kept_for_later(broker: RedisServer) -> None:
    broker.stop()
    run = Run.objects.get(pk=enqueue(echo_task))
    assert (run.state, run.published_at) == (RunState.QUEUED, None)
