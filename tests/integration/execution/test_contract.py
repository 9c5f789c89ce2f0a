"""What a body may do by Celery's documentation, one by one; what needs a real pool is in the
acceptance tests.
"""

from __future__ import annotations

import ast
import contextlib
import datetime
import decimal
import json
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import Retry
from django.utils import timezone

from jobs.models import Run, RunState
from tests.integration.execution.delivery import (
    attempts_of,
    deliver,
    job_for,
    published_run,
    republished,
)

SOON = timedelta(seconds=3)


def deliver_again(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(available_at=timezone.now() - timedelta(seconds=1))
    deliver(republished(run))


def test_params_arrive_as_their_hints_say() -> None:
    def work(
        self: Any, day: datetime.date, amount: decimal.Decimal = decimal.Decimal("1.5")
    ) -> list[str]:
        return [day.strftime("%d.%m.%Y"), str(amount * 2)]

    work.__annotations__ |= {"day": datetime.date, "amount": decimal.Decimal}
    given = published_run(job_for(work, job={"params": {"day": "2028-02-29", "amount": "2.50"}}))
    left_out = published_run(job_for(work, job={"params": {"day": "2028-02-29"}}))
    for run in (given, left_out):
        deliver(run)

    assert [json.loads(attempts_of(run)[0].result) for run in (given, left_out)] == [
        ["29.02.2028", "5.00"],
        ["29.02.2028", "3.0"],
    ]


def test_params_that_do_not_fit_any_more_fail_the_run_by_name() -> None:
    def work(self: Any, day: datetime.date) -> None: ...

    work.__annotations__["day"] = datetime.date
    run = published_run(job_for(work, job={"params": {"day": "tomorrow"}}))
    deliver(run)

    assert (run.state, run.error) == (
        RunState.FAILED,
        "InvalidParams: day: must be a date such as 2026-01-31",
    )


def test_the_request_and_the_handlers_have_the_params() -> None:
    told: dict[str, Any] = {}

    def work(self: Any, n: int) -> int:
        told["request"] = dict(self.request.kwargs)
        return n

    def on_success(self: Any, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        told["on_success"] = dict(kwargs)

    run = published_run(job_for(work, on_success=on_success, job={"params": {"n": 3}}))
    deliver(run)

    assert told == {"request": {"n": 3}, "on_success": {"n": 3}}


def test_a_handler_is_told_the_exception() -> None:
    told: list[Any] = []

    def work(self: Any) -> None:
        raise LookupError("gone")

    def on_failure(self: Any, exc: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        told.append(exc)

    run = published_run(job_for(work, on_failure=on_failure))
    deliver(run)

    assert [repr(error) for error in told] == ["LookupError('gone')"]
    assert run.state == RunState.FAILED


@pytest.mark.parametrize(
    ("arguments", "params"),
    [
        ({"kwargs": {"page": 2}}, {"page": 2}),
        ({"args": [2]}, {"page": 2, "per": 5}),
        ({"args": [2], "kwargs": {"per": 9}}, {"page": 2, "per": 9}),
        ({"kwargs": {"page": decimal.Decimal(2)}}, None),
        ({}, {"page": 1, "per": 5}),
    ],
)
def test_a_retry_may_come_with_new_params(
    arguments: dict[str, Any], params: dict[str, Any] | None
) -> None:
    def work(self: Any, page: int, per: int = 0) -> None:
        raise self.retry(countdown=0, **arguments)

    work.__annotations__ |= {"page": int, "per": int}
    run = published_run(job_for(work, job={"params": {"page": 1, "per": 5}}))
    deliver(run)

    if params is None:
        assert (run.state, run.error) == (
            RunState.FAILED,
            "InvalidParams: page: must be an integer",
        )
        return
    assert (run.state, run.params) == (RunState.QUEUED, params)
    run.job.refresh_from_db()
    assert run.job.params == {"page": 1, "per": 5}
    deliver_again(run)
    shown = [ast.literal_eval(json.loads(attempt.task_kwargs)) for attempt in attempts_of(run)]
    assert shown == [{"page": 1, "per": 5}, params]


def test_a_retry_may_go_to_another_queue() -> None:
    def work(self: Any) -> None:
        raise self.retry(countdown=0, queue="slow")

    run = published_run(job_for(work))
    deliver(run)

    assert (run.state, run.queue) == (RunState.QUEUED, "slow")


@pytest.mark.parametrize("option", ["expires", "priority", "link", "time_limit"])
def test_an_option_that_a_retry_cannot_keep_is_an_error_that_names_it(option: str) -> None:
    def work(self: Any) -> None:
        raise self.retry(countdown=0, **{option: 5})

    run = published_run(job_for(work))
    deliver(run)

    assert run.state == RunState.FAILED
    assert run.error.startswith(f"TypeError: self.retry() in the run of a job takes no {option}")


@pytest.mark.parametrize("after", ["return", "raise", "swallow"])
def test_a_retry_that_is_asked_for_happens_whatever_the_body_does_then(after: str) -> None:
    def work(self: Any) -> str:
        with contextlib.suppress(Retry):
            self.retry(countdown=60, throw=after == "swallow")
        if after == "raise":
            raise ValueError("and then this")
        return "done"

    run = published_run(job_for(work))
    deliver(run)

    assert (run.state, run.failures) == (RunState.QUEUED, 1)
    assert run.available_at == pytest.approx(timezone.now() + timedelta(seconds=60), abs=SOON)


def test_a_retry_that_a_body_raises_itself_is_counted_and_waits() -> None:
    def work(self: Any) -> None:
        raise Retry(exc=ValueError("not yet"), when=timezone.now() + timedelta(seconds=60))

    run = published_run(job_for(work, max_retries=1))
    deliver(run)

    assert (run.state, run.failures, run.error) == (RunState.QUEUED, 1, "ValueError: not yet")
    assert run.available_at == pytest.approx(timezone.now() + timedelta(seconds=60), abs=SOON)
    deliver_again(run)
    assert (run.state, run.error) == (RunState.FAILED, "ValueError: not yet")


def test_an_async_body_is_retried_as_it_declares() -> None:
    async def work(self: Any) -> None:
        raise ConnectionError("away")

    run = published_run(
        job_for(work, autoretry_for=(ConnectionError,), max_retries=3, default_retry_delay=5)
    )
    deliver(run)

    assert (run.state, run.failures, run.error) == (RunState.QUEUED, 1, "ConnectionError: away")


def test_the_result_of_a_task_that_ignores_it_is_not_kept() -> None:
    def work(self: Any) -> str:
        return "not kept"

    run = published_run(job_for(work, ignore_result=True))
    deliver(run)

    assert (run.state, attempts_of(run)[0].result) == (RunState.SUCCEEDED, "null")
