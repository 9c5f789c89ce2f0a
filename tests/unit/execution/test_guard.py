"""What the worker's main process gets of an exception."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from billiard.einfo import ExceptionInfo
from celery.app.trace import trace_ok_t
from celery.exceptions import Ignore, Reject, Retry

from jobs.execution.isolation.guard import Reported, guarded, reported
from jobs.execution.request import Dropped


class Unreadable(Exception):
    """Can be pickled, and read by nobody."""

    def __reduce__(self) -> Any:
        return _refuse, ()


def _refuse() -> None:
    raise MemoryError


class Own(Ignore):
    """One of a body's module, which the main process may not have."""


def _raised(error: BaseException) -> Any:
    with pytest.raises(type(error)):
        raise error
    return error.__traceback__


def arrived(error: BaseException) -> Any:
    """The exception as the main process has it, beyond the pipe."""
    info = reported(ExceptionInfo((type(error), error, _raised(error))))
    return pickle.loads(pickle.dumps(info)).exception


@pytest.mark.parametrize(
    "error", [ValueError("no"), MemoryError("no room"), Unreadable("x"), KeyboardInterrupt()]
)
def test_an_exception_arrives_as_its_representation(error: BaseException) -> None:
    told = arrived(error)

    assert type(told) is Reported
    assert repr(told) == repr(error)


def test_celerys_signs_arrive_as_themselves() -> None:
    again = arrived(Retry(exc=Unreadable("x"), when=None))
    refused = arrived(Reject(Unreadable("x"), requeue=True))

    assert isinstance(again, Retry)
    assert repr(again.exc) == "Unreadable('x')"
    assert isinstance(refused, Reject)
    assert refused.args == ("Unreadable('x')", True)
    assert type(arrived(Ignore("y"))) is Ignore
    assert type(arrived(Dropped())) is Dropped
    assert type(arrived(Own())) is Ignore


class Stored:
    """A task whose backend remembers what is stored."""

    def __init__(self) -> None:
        self.backend, self.stored = self, []  # type: tuple[Any, list[str]]

    def mark_as_failure(
        self, task_id: str, error: BaseException, traceback: str, request: Any
    ) -> None:
        self.stored.append(f"{task_id}: {error}")


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt("ctrl-c"), SystemExit(3), MemoryError("no room"), GeneratorExit()]
)
def test_what_celery_lets_through_is_a_failure_of_the_task(error: BaseException) -> None:
    def tracer(*args: Any) -> None:
        raise error

    task = Stored()
    traced = guarded(task, tracer)("1", [], {}, {})

    assert traced.info.state == "FAILURE"
    assert type(traced.retval.exception) is Reported
    assert task.stored[0].startswith(f"1: the task raised {type(error).__name__}")


def test_a_result_is_handed_on_as_it_is() -> None:
    traced = trace_ok_t("result", None, 0.1, "'result'")

    assert guarded(Stored(), lambda *_: traced)("1", [], {}, {}) is traced
