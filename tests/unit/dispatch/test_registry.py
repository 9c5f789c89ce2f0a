"""Which tasks a job may name, and what is said of the others."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from celery import Celery, Task

from jobs.errors import UnknownTask
from jobs.params import registry

SHIPPED = {
    "BirthdayProcessor", "EchoTask", "HttpRequest", "InvoiceProcessor", "LogTask", "RunCommand",
    "Sleep", "email",
    "email_notification",
}  # fmt: skip


class Foreign(Task):  # type: ignore[type-arg]
    """A base class that knows nothing of runs."""

    abstract = True


def nothing() -> None: ...


def test_every_shipped_task_can_be_a_job(app: Celery) -> None:
    known = registry.registered()
    assert set(known) >= SHIPPED
    assert {name: known[name].refusal for name in SHIPPED} == dict.fromkeys(SHIPPED, "")


def test_tasks_are_listed_by_name_and_without_those_of_celery(app: Celery) -> None:
    names = list(registry.registered())
    assert names == sorted(names)
    assert not [name for name in names if name.startswith("celery.")]
    assert "celery.ping" in app.tasks or "celery.chord" in app.tasks


def test_a_task_is_described_by_its_docstring_and_schema(app: Celery) -> None:
    info = registry.task_named("LogTask")
    assert info.summary == "Log a message."
    assert info.doc.startswith("Log a message.\n\nReturns")
    assert info.schema["required"] == ["message"]
    assert info.schema["properties"]["message"]["type"] == "string"


def test_a_task_without_a_docstring_has_an_empty_summary(app: Celery) -> None:
    app.task(shared=False, name="silent")(nothing)
    assert (registry.task_named("silent").summary, registry.task_named("silent").doc) == ("", "")


def test_a_task_registered_later_is_found(app: Celery) -> None:
    assert "late" not in registry.registered()
    app.task(shared=False, name="late")(nothing)
    assert registry.task_named("late").name == "late"


def test_an_unknown_task_is_named_with_the_one_that_may_be_meant(app: Celery) -> None:
    with pytest.raises(UnknownTask) as caught:
        registry.task_named("logtask")
    assert caught.value.field == "task"
    assert caught.value.message == "unknown task 'logtask'"
    assert caught.value.hint.startswith(
        "did you mean 'LogTask'? registered: BirthdayProcessor, DjangoTask, EchoTask, "
    )


def test_a_name_like_no_other_gets_no_guess(app: Celery) -> None:
    with pytest.raises(UnknownTask) as caught:
        registry.task_named("zzzzzzzz")
    assert caught.value.hint.startswith("registered: ")


def test_the_hint_stays_short_with_many_tasks_and_a_long_name(app: Celery) -> None:
    for number in range(300):
        app.task(shared=False, name=f"generated.{number:03}")(nothing)
    with pytest.raises(UnknownTask) as caught:
        registry.task_named("x" * 10_000)
    assert " more" in caught.value.hint
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "name", ["celery.chord", "celery.backend_cleanup", "", None, 5, ["LogTask"], "os.system"]
)
def test_what_is_no_registered_task_of_ours_is_unknown(app: Celery, name: Any) -> None:
    with pytest.raises(UnknownTask, match="unknown task"):
        registry.task_named(name)


def test_a_task_with_a_foreign_base_class_is_listed_but_refused(app: Celery) -> None:
    app.task(shared=False, name="foreign", base=Foreign)(nothing)
    assert "Foreign" in registry.registered()["foreign"].refusal
    with pytest.raises(
        UnknownTask, match="task 'foreign' cannot be a job: its class Foreign is not built on"
    ):
        registry.task_named("foreign")


def test_a_task_that_takes_positional_params_is_refused_by_the_parameter(app: Celery) -> None:
    def add(*numbers: int) -> int:
        return sum(numbers)

    app.task(shared=False, name="add")(add)
    with pytest.raises(
        UnknownTask, match=r"\*numbers.* is positional, but params are passed by name"
    ):
        registry.task_named("add")


def test_a_refused_task_is_not_suggested(app: Celery) -> None:
    app.task(shared=False, name="foreign", base=Foreign)(nothing)
    with pytest.raises(UnknownTask) as caught:
        registry.task_named("foreign2")
    assert "foreign'" not in caught.value.hint


def test_the_sites_tasks_can_be_jobs_in_every_thread_of_a_web_server() -> None:
    seen: dict[str, str] = {}
    thread = threading.Thread(
        target=lambda: seen.update(
            (name, info.refusal) for name, info in registry.registered().items()
        )
    )
    thread.start()
    thread.join(30)
    assert {name: seen.get(name) for name in SHIPPED} == dict.fromkeys(SHIPPED, "")
