"""From a task's signature to the schema of its params."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, Task
from pydantic import BaseModel

from jobs.errors import InvalidParams, UnknownTask
from jobs.params.checks import UnfitSignature, check_params, schema_for

if TYPE_CHECKING:
    from decimal import Decimal


class Person(BaseModel):
    name: str


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def problems(task_name: str, params: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidParams) as caught:
        check_params(task_name, params)
    return caught.value.problems


def test_the_schema_keeps_defaults_and_forbids_other_names(app: Celery) -> None:
    @app.task(shared=False, name="report", bind=True)
    def report(self: Task[..., Any], day: str, *, copies: int = 2, note=None) -> None: ...  # type: ignore[no-untyped-def]

    schema = schema_for(report)
    assert schema["title"] == "report"
    assert list(schema["properties"]) == ["day", "copies", "note"]
    assert schema["properties"]["copies"] == {"default": 2, "title": "copies", "type": "integer"}
    assert schema["required"] == ["day"]
    assert schema["additionalProperties"] is False
    check_params("report", {"day": "monday", "note": {"any": ["thing"]}})


def test_keyword_arguments_let_other_names_in(app: Celery) -> None:
    assert schema_for(app.tasks["EchoTask"])["additionalProperties"] is True
    check_params("EchoTask", {"a": 1, "b": {"c": [None]}})


def test_typed_keyword_arguments_are_checked(app: Celery) -> None:
    @app.task(shared=False, name="weights")
    def weights(**weights: int) -> None: ...

    assert schema_for(weights)["additionalProperties"] == {"type": "integer"}
    check_params("weights", {"a": 1})
    assert problems("weights", {"a": 1, "b": "x"}) == [("b", "must be an integer")]


def test_parameters_may_bear_names_that_pydantic_uses_itself(app: Celery) -> None:
    @app.task(shared=False, name="names")
    def names(
        schema: int, json: str, model_config: int = 1, _private: int = 2, copy: int = 3
    ) -> None: ...

    check_params("names", {"schema": 1, "json": "", "model_config": 2, "_private": 3, "copy": 4})
    assert problems("names", {"schema": 1, "json": "", "_private": "x"}) == [
        ("_private", "must be an integer")
    ]
    assert problems("names", {"p0": 1, "json": ""})[0] == ("schema", "is required")


def test_a_task_with_autoretry_keeps_its_signature(app: Celery) -> None:
    @app.task(shared=False, name="again", bind=True, autoretry_for=(OSError,))
    def again(self: Task[..., Any], path: str) -> None: ...

    assert list(schema_for(again)["properties"]) == ["path"]
    assert problems("again", {}) == [("path", "is required")]


def test_a_task_that_takes_a_pydantic_model_describes_it(app: Celery) -> None:
    @app.task(shared=False, name="greet", pydantic=True)
    def greet(person: Person, loud: bool = False) -> str:
        return f"hello {person.name}{'!' if loud else ''}"

    assert greet(person={"name": "Ada"}) == "hello Ada"
    assert schema_for(greet)["$defs"]["Person"]["required"] == ["name"]
    assert problems("greet", {"person": {}, "loud": 1}) == [
        ("person.name", "is required"),
        ("loud", "must be true or false"),
    ]


def test_a_task_written_as_a_class_has_the_signature_of_its_run(app: Celery) -> None:
    class Report(app.Task):  # type: ignore[name-defined]  # made by the app at run time
        """Write a report."""

        name = "class.report"

        def run(self, day: str) -> None: ...

    app.register_task(Report())
    assert list(schema_for(app.tasks["class.report"])["properties"]) == ["day"]


def test_a_hint_known_only_to_type_checkers_takes_anything(app: Celery) -> None:
    @app.task(shared=False, name="priced")
    def priced(price: Decimal, count: int) -> None: ...

    check_params("priced", {"price": "1.20", "count": 1})
    assert problems("priced", {"price": [], "count": "1"}) == [("count", "must be an integer")]


def test_a_default_that_json_cannot_express_is_left_out_of_the_schema(app: Celery) -> None:
    @app.task(shared=False, name="since")
    def since(start: Any = object(), colour: Colour = Colour.RED) -> None: ...  # noqa: B008  # on purpose

    assert schema_for(since)["properties"]["start"] == {"title": "start"}
    check_params("since", {})


@pytest.mark.parametrize("kind", ["positional only", "any number", "a live object"])
def test_a_signature_that_json_cannot_fill_is_refused(app: Celery, kind: str) -> None:
    def positional(x: int, /) -> None: ...
    def many(*x: int) -> None: ...
    def live(x) -> None: ...  # type: ignore[no-untyped-def]

    live.__annotations__ = {"x": Celery}
    body: Any = {"positional only": positional, "any number": many, "a live object": live}[kind]
    task = app.task(shared=False, name="unfit")(body)
    with pytest.raises(UnfitSignature):
        schema_for(task)
    with pytest.raises(UnknownTask, match="cannot be a job"):
        check_params("unfit", {"x": 1})


def test_a_name_that_the_call_itself_needs_is_refused() -> None:
    assert problems("EchoTask", {"self": 1}) == [
        ("self", "is a reserved name and cannot be a parameter")
    ]
