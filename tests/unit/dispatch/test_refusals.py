"""What a task may say that a run cannot keep."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from celery import Task

from jobs.errors import UnknownTask
from jobs.params import registry
from scheduler_site.celery import app as site


def nothing() -> None: ...


def yielding() -> Iterator[int]:
    yield 1


async def yielding_later() -> AsyncIterator[int]:
    yield 1


async def waiting() -> None: ...


class Once(Task):  # type: ignore[type-arg]
    """Sends itself only if it is not waiting already, as some libraries do."""

    def apply_async(self, *args: Any, **kwargs: Any) -> Any: ...


class Stubborn(Task):  # type: ignore[type-arg]
    def retry(self, *args: Any, **kwargs: Any) -> Any: ...


class Own(Task):  # type: ignore[type-arg]
    Request = "celery.worker.request:Request"


class Counting(Task):  # type: ignore[type-arg]
    """As Celery documents it: state, handlers, and a way of its own to call the function."""

    calls = 0

    def on_failure(self, *args: Any, **kwargs: Any) -> None: ...

    def before_start(self, *args: Any, **kwargs: Any) -> None: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(*args, **kwargs)


@pytest.fixture
def current() -> Iterator[Any]:
    """The site's own app, whose further tasks are gone again afterwards."""
    site.set_current()
    before = dict(site.tasks)
    yield site
    site.tasks.clear()
    site.tasks.update(before)


@pytest.mark.parametrize(
    ("function", "options", "reason"),
    [
        (yielding, {}, "its function is a generator, but nothing consumes what it yields"),
        (yielding_later, {}, "its function is a generator, but nothing consumes what it yields"),
        (yielding, {"autoretry_for": (ValueError,)}, "its function is a generator"),
        (
            nothing,
            {"rate_limit": "12/m"},
            "its rate_limit='12/m' applies to each worker separately",
        ),
        (nothing, {"expires": 60}, "its expires=60 applies to messages"),
        (
            nothing,
            {"base": Once},
            "its class Once overrides apply_async, but the scheduler publishes runs",
        ),
        (
            nothing,
            {"base": Stubborn},
            "its class Stubborn overrides retry, but the database retries runs",
        ),
        (nothing, {"base": Own}, "its class Own overrides Request, but the worker needs its own"),
        (
            nothing,
            {"backend": object()},
            "overrides backend, but the engine's own backend stores the outcome of a run",
        ),
    ],
)
def test_a_task_that_asks_for_what_a_run_cannot_keep_is_refused_by_name(
    current: Any, function: Any, options: dict[str, Any], reason: str
) -> None:
    current.task(shared=False, name="refused", **options)(function)

    with pytest.raises(UnknownTask) as caught:
        registry.task_named("refused")

    assert caught.value.message.startswith("task 'refused' cannot be a job: ")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (nothing, {"base": Counting}),
        (waiting, {}),
        (
            nothing,
            {"acks_late": True, "ignore_result": True, "throws": (ValueError,), "typing": False},
        ),
        (nothing, {"time_limit": 10, "soft_time_limit": 5, "serializer": "json"}),
    ],
)
def test_whatever_else_celery_allows_is_no_reason(
    current: Any, function: Any, options: dict[str, Any]
) -> None:
    current.task(shared=False, name="fine", **options)(function)

    assert registry.task_named("fine").refusal == ""


def test_a_class_based_task_is_registered_as_celery_documents_it(current: Any) -> None:
    class Report(Counting):
        name = "report"

        def run(self, day: str) -> str:
            return day

    task = current.register_task(Report())

    assert list(registry.task_named("report").schema["properties"]) == ["day"]
    assert isinstance(task, Report)
    assert task.apply(kwargs={"day": "monday"}).get() == "monday"


def test_classes_stay_subclasses_of_those_that_a_task_names(current: Any) -> None:
    def count(self: Any) -> int:
        return int(self.calls)

    current.task(shared=False, name="counting", base=Counting, bind=True)(count)

    assert isinstance(current.tasks["counting"], Counting)
    assert current.tasks["counting"].apply().get() == 0
