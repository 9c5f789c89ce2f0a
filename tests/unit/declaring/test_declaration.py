"""What ``job(…)`` takes, and what it says of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from beatwright import cron, every, job, manual, once, rrule
from jobs.declaring.binding import OPTIONS
from jobs.declaring.declaration import JobOptions, registry
from tasks.basics import echo_task


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    registry.forget(__name__)


def test_a_job_takes_every_flag_of_job_create() -> None:
    assert sorted(JobOptions.__annotations__) == sorted(OPTIONS)


def test_a_declaration_knows_where_it_stands() -> None:
    made = job("a", echo_task, manual())
    assert (made.module, made.file) == (__name__, __file__)
    assert "made = job(" in Path(made.file).read_text().splitlines()[made.line - 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: job("a", echo_task, manual(), overlpa="skip"), "did you mean overlap?"),  # type: ignore[call-arg]
        (lambda: job("a", echo_task, "0 2 * * *"), "when it is due must be cron"),  # type: ignore[arg-type]
        (lambda: job("a", "EchoTask", manual()), "a Celery task or its signature is wanted"),
        (lambda: job("a", echo_task, manual(), only_in="production"), r"\['production'\]"),
        (lambda: job(1, echo_task, manual()), "the name must be a text"),  # type: ignore[arg-type]
    ],
)
def test_a_call_that_declares_no_job_is_refused_where_it_stands(call: Any, message: str) -> None:
    before = list(registry.declarations)
    with pytest.raises(TypeError, match=message):
        call()
    assert registry.declarations == before


@pytest.mark.parametrize(
    ("when", "schedule"),
    [
        (cron("30 2 * * *", "Europe/Berlin", day_rule="and"), "30 2 * * *"),
        (every("1h30m"), "@every 1h30m"),
        (every(timedelta(minutes=5)), "@every 300s"),
        (every(timedelta(milliseconds=1500)), "@every 1.500000s"),
        (rrule("FREQ=DAILY"), "RRULE:FREQ=DAILY"),
        (rrule("RRULE:FREQ=DAILY"), "RRULE:FREQ=DAILY"),
        (once(datetime(2030, 1, 1, 9, tzinfo=UTC)), "2030-01-01T09:00:00Z"),
        (once(datetime(2030, 1, 1, 9)), "2030-01-01 09:00:00"),
        (manual(), "@manual"),
    ],
)
def test_a_schedule_is_the_text_that_a_job_has(when: Any, schedule: str) -> None:
    assert when.schedule == schedule
