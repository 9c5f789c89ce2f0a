"""From a task's signature to a pydantic model of its params, and from there to a JSON Schema.

Params are passed by name, so every parameter of the task's function is one property of the object;
``**kwargs`` lets further properties in. Hints are read as pydantic reads them; a parameter without
a (resolvable) hint takes anything.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from celery import Task
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PydanticUserError, create_model
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

if typing.TYPE_CHECKING:
    AnyTask: typing.TypeAlias = Task[..., Any]
else:
    AnyTask = Task  # celery's own class takes no subscript at run time

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)


class UnfitSignature(TypeError):
    """The task cannot be called with a JSON object of named params; the message says why."""


class Schema(GenerateJsonSchema):
    """JSON Schema in which a default that JSON cannot express is simply left out."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  # as the parent declares it


_models: WeakKeyDictionary[AnyTask, type[BaseModel]] = WeakKeyDictionary()
_schemas: WeakKeyDictionary[AnyTask, JsonSchemaValue] = WeakKeyDictionary()


def schema_for(task: AnyTask) -> dict[str, Any]:
    """The JSON Schema of the task's params; raises UnfitSignature when they have none.

    Not to be changed in place.
    """
    if task not in _schemas:
        _schemas[task] = _schema(task)
    return _schemas[task]


def model_for(task: AnyTask) -> type[BaseModel]:
    """The model that the task's params must fit; raises UnfitSignature when no params can."""
    if task not in _models:
        _models[task] = _model(task)
    return _models[task]


def _schema(task: AnyTask) -> dict[str, Any]:
    try:
        schema = model_for(task).model_json_schema(by_alias=True, schema_generator=Schema)
    except PydanticUserError as error:
        raise UnfitSignature(f"its params have no JSON form: {_first_line(error)}") from error
    schema["title"] = task.name
    schema.pop("description", None)
    return schema


def _model(task: AnyTask) -> type[BaseModel]:
    parameters = list(inspect.signature(task.run).parameters.values())
    _refuse_positional(parameters)
    extra = next((p for p in parameters if p.kind is inspect.Parameter.VAR_KEYWORD), None)
    # Fields get neutral names, so that a parameter may be called "schema", "json" or "_private".
    fields = {f"p{n}": _field(task, p) for n, p in enumerate(parameters) if p is not extra}
    try:
        return create_model(
            "Params", __base__=_base(task, extra), **typing.cast("dict[str, Any]", fields)
        )
    except PydanticUserError as error:
        raise UnfitSignature(
            f"a type hint of its parameters has no JSON form: {_first_line(error)}"
        ) from error


def _refuse_positional(parameters: list[inspect.Parameter]) -> None:
    for parameter in parameters:
        if parameter.kind in POSITIONAL:
            raise UnfitSignature(
                f"its parameter {parameter} is positional, but params are passed by name"
            )


def _field(task: AnyTask, parameter: inspect.Parameter) -> tuple[Any, Any]:
    default = ... if parameter.default is inspect.Parameter.empty else parameter.default
    hint, name = _hint(task, parameter), parameter.name
    names = AliasChoices(name, *_other_names(hint))
    return hint, Field(default, alias=name, validation_alias=names, title=name)


def _other_names(hint: Any) -> Iterator[str]:
    """What ``Field(validation_alias=AliasChoices(…))`` in the hint lets the parameter be called as
    well.
    """
    for part in typing.get_args(hint)[1:] if typing.get_origin(hint) is typing.Annotated else ():
        if isinstance(part, FieldInfo) and isinstance(part.validation_alias, AliasChoices):
            yield from (each for each in part.validation_alias.choices if isinstance(each, str))


def _base(task: AnyTask, extra: inspect.Parameter | None) -> type[BaseModel]:
    """A model that forbids further properties, or takes those that ``**extra`` does."""
    if extra is None:
        return type(
            "Closed",
            (BaseModel,),
            {"model_config": ConfigDict(extra="forbid"), "__module__": __name__},
        )
    hints = {"__pydantic_extra__": dict[str, _hint(task, extra)]}  # type: ignore[misc]  # a hint made at run time
    body = {
        "model_config": ConfigDict(extra="allow"),
        "__annotations__": hints,
        "__module__": __name__,
    }
    return type("Open", (BaseModel,), body)


def _hint(task: AnyTask, parameter: inspect.Parameter) -> Any:
    """The parameter's type, or Any when it has none that can be resolved at run time (``if
    TYPE_CHECKING:``).
    """
    if parameter.annotation is inspect.Parameter.empty:
        return Any
    # One at a time: a hint that only type checkers can resolve must not spoil its neighbours.
    holder = SimpleNamespace(__annotations__={"hint": parameter.annotation})
    namespace = getattr(inspect.unwrap(task.run), "__globals__", {})
    try:
        hint = typing.get_type_hints(holder, globalns=namespace, include_extras=True)["hint"]
    except (NameError, TypeError, AttributeError):
        return Any
    return Any if typing.get_origin(hint) is typing.Unpack else hint


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
