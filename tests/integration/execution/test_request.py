"""What a worker tells monitors: of a run, nothing of what it returned or raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from billiard.einfo import ExceptionInfo

from jobs.execution.request import ELSEWHERE, JobRequest
from jobs.params import registry
from jobs.redaction.keys import MASK

SECRET = "corr3ct-h0rse"
NONE: Mapping[str, Any] = {}


class Monitor:
    """Celery's dispatcher of events, which keeps them."""

    enabled = True

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def send(self, kind: str, **fields: Any) -> None:
        self.events.append((kind, fields))


def told(
    kind: str, *, headers: dict[str, Any], arguments: Mapping[str, Any] = NONE, **fields: Any
) -> dict[str, Any]:
    """The event as a monitor gets it, of a message with these headers and arguments."""
    monitor, request = Monitor(), JobRequest.__new__(JobRequest)
    parts = {
        "_eventer": monitor, "_task": registry.task_if_known("EchoTask"), "id": "1",
        "_request_dict": headers, "_args": [],
        "_kwargs": arguments,
    }  # fmt: skip
    for name, value in parts.items():
        setattr(request, name, value)
    request.send_event(kind, **fields)
    [(_, event)] = monitor.events
    return event


def test_what_a_run_left_is_for_its_own_page_to_show() -> None:
    run = {"beatwright_run": "1", "beatwright_publish": 1}
    assert told("task-succeeded", headers=run, result=SECRET, runtime=2)["result"] == ELSEWHERE
    event = told("task-failed", headers=run, exception=f"ValueError('{SECRET}')", traceback=SECRET)
    assert (event["exception"], event["traceback"]) == (f"ValueError: {ELSEWHERE}", ELSEWHERE)


def test_of_a_plain_task_it_is_told_without_what_looks_like_a_secret() -> None:
    assert (
        told("task-succeeded", headers={}, result=f"password={SECRET} 7", runtime=2)["result"]
        == f"password={MASK} 7"
    )
    assert told("task-started", headers={}) == {"uuid": "1"}


@pytest.mark.parametrize("field", ["result", "exception", "traceback", "kwargs"])
def test_of_a_plain_task_it_is_told_without_the_secrets_that_it_was_given(field: str) -> None:
    given = {"db": {"credentials": [SECRET]}}
    event = told(
        "task-succeeded", headers={}, arguments=given, **{field: f"logged in with {SECRET}"}
    )
    assert event[field] == f"logged in with {MASK}"


@pytest.mark.parametrize("value", [None, 3])
def test_what_is_no_text_is_told_as_it_is(value: Any) -> None:
    assert told("task-succeeded", headers={"beatwright_run": "1"}, result=value)["result"] == value


def test_a_lack_of_memory_in_a_pool_child_is_no_reason_to_end_the_worker() -> None:
    """As it comes where Celery reads the message in the child, outside of the tracer that is
    guarded there.
    """
    monitor, request = Monitor(), JobRequest.__new__(JobRequest)
    parts = {
        "_eventer": monitor, "_task": registry.task_if_known("EchoTask"), "id": "1",
        "_request_dict": {"task": "EchoTask"},
        "_args": [], "_kwargs": {},
    }  # fmt: skip
    for name, value in parts.items():
        setattr(request, name, value)
    error = MemoryError("no room")

    request.on_failure(ExceptionInfo((MemoryError, error, raised(error))), return_ok=True)

    assert [(kind, fields["exception"]) for kind, fields in monitor.events] == [
        ("task-failed", "MemoryError('no room')")
    ]


def request_of(headers: dict[str, Any]) -> JobRequest:
    request = JobRequest.__new__(JobRequest)
    parts = {
        "_eventer": Monitor(), "_task": registry.task_if_known("EchoTask"), "id": "1",
        "name": "EchoTask",
        "_expires": None,
        "_request_dict": headers, "time_start": 1.0, "worker_pid": 7,
    }  # fmt: skip
    for name, value in parts.items():
        setattr(request, name, value)
    return request


class Killing:
    """A pool that is asked to end children."""

    def __init__(self) -> None:
        self.ended: list[int] = []

    def terminate_job(self, pid: int, signal: int) -> None:
        self.ended.append(pid)


@pytest.mark.parametrize(
    ("headers", "reached"),
    [
        ({"beatwright_run": "1", "beatwright_publish": 1}, False),
        ({"run": "1", "publish": 1}, True),
        ({"task": "EchoTask"}, True),
    ],
)
def test_remote_control_reaches_plain_tasks_and_no_run(
    headers: dict[str, Any], reached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("celery.worker.request.revoked_tasks", {"1"})
    pool = Killing()
    monkeypatch.setattr(JobRequest, "_announce_revoked", lambda *_: None)
    request_of(headers).terminate(pool, "KILL")
    assert pool.ended == ([7] if reached else [])
    assert request_of(headers).revoked() is reached


def raised(error: BaseException) -> Any:
    with pytest.raises(type(error)):
        raise error
    return error.__traceback__
