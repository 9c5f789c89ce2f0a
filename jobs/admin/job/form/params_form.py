"""A task's params as fields: from its JSON Schema to one field per parameter.

The fields write into the form's JSON text, which alone is sent; without JavaScript there is only
the text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from jobs.errors import InvalidParams, UnknownTask
from jobs.params import registry
from jobs.params.checks import check_params
from jobs.redaction.restore import has_mask

PLAIN = {"string": "text", "integer": "number", "number": "number"}
BOOLEANS = [("true", "true"), ("false", "false")]


@dataclass(frozen=True)
class ParamField:
    """``kind``: text, number, choice, json, or loose (a text unless it is JSON); ``choices``: JSON
    text and label.
    """

    key: str
    kind: str
    type: str
    required: bool
    about: str = ""
    default: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class TaskCard:
    """What a task does, why it cannot be a job if so, and its parameters; ``is_open``: it takes
    others as well.
    """

    doc: str
    refusal: str
    fields: list[ParamField]
    is_open: bool


def task_card(name: str) -> TaskCard | None:
    """The registered task's card; None for a name that no task has."""
    info = registry.registered().get(name)
    if info is None:
        return None
    required, properties = info.schema.get("required", []), info.schema.get("properties", {})
    fields = [
        param_field(key, schema, key in required, info.schema) for key, schema in properties.items()
    ]
    return TaskCard(
        info.doc, info.refusal, fields, is_open=info.schema.get("additionalProperties") is not False
    )


def param_field(
    key: str, schema: dict[str, Any], required: bool, whole: dict[str, Any]
) -> ParamField:
    options = [_resolved(option, whole) for option in schema.get("anyOf") or [schema]]
    valued = [option for option in options if option.get("type") != "null"]
    return ParamField(
        key=key,
        kind=_kind(valued),
        type=" or ".join(dict.fromkeys(_type(option) for option in options)),
        required=required,
        about=schema.get("description", ""),
        default=_shown(schema["default"]) if schema.get("default") not in (None, "") else "",
        choices=_choices(valued[0]) if len(valued) == 1 else [],
    )


def params_problems(task: str, params: object) -> list[tuple[str, str]]:
    """(parameter, what is wrong), as the task itself checks it; nothing for an unknown task, nor
    behind a mask.
    """
    try:
        check_params(task, params)
    except InvalidParams as error:
        found = [(_first_step(path), _further(path, message)) for path, message in error.problems]
        return [
            (name, text)
            for name, text in found
            if not (isinstance(params, dict) and has_mask(params.get(name)))
        ]
    except UnknownTask:
        pass  # said beside the task
    return []


def _kind(options: list[dict[str, Any]]) -> str:
    if len(options) != 1:
        return "loose" if any(option.get("type") == "string" for option in options) else "json"
    return "choice" if _choices(options[0]) else PLAIN.get(options[0].get("type", ""), "json")


def _choices(schema: dict[str, Any]) -> list[tuple[str, str]]:
    if schema.get("type") == "boolean":
        return BOOLEANS
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    return [(json.dumps(value, ensure_ascii=False), _shown(value)) for value in values]


def _type(schema: dict[str, Any]) -> str:
    return str(schema.get("type") or ("choice" if "enum" in schema or "const" in schema else "any"))


def _resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for; pydantic's own all point into ``$defs``."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: dict[str, Any] = whole.get("$defs", {}).get(name, schema)
    return found


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _first_step(path: str) -> str:
    """``payload`` of ``payload[2].name``; a key that is no plain word is written as JSON."""
    if path.startswith('"'):
        return str(json.JSONDecoder().raw_decode(path)[0])
    return path.partition(".")[0].partition("[")[0]


def _further(path: str, message: str) -> str:
    """The message, with what lies below the parameter ahead of it."""
    return message if path.isidentifier() or path.startswith('"') else f"{path} {message}"
