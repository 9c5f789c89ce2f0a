"""The JSON Schema of our own schedule files, made from the definition of a job: an editor completes
and checks a file by it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobs.definition.field import Field, Kind, Section
from jobs.importers.formats.native import FORMAT, IN_FILES, SAYS_NOTHING
from jobs.models import Job

Schema = dict[str, Any]
WAS = "The name that the job had before, so that it keeps its history."
ITS_SCHEMA = "Where the schema of this file is, for editors."


def schema_of_files() -> Schema:
    """A file's schema, of draft 2020-12."""
    properties = {field.name: _schema_of(field) for field in IN_FILES}
    properties["was"] = {"type": "string", "description": WAS}
    required = [field.name for field in IN_FILES if not field.has_default]
    job = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    file = {
        "$schema": {"type": "string", "description": ITS_SCHEMA},
        "format": {"const": FORMAT},
        "jobs": {"type": "array", "items": {"$ref": "#/$defs/job"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Schedule file of Beatwright",
        "type": "object",
        "properties": file,
        "required": ["jobs"],
        "additionalProperties": False,
        "$defs": {"job": job},
    }


def _schema_of(field: Field) -> Schema:
    kind: Schema = {"enum": list(field.choices)} if field.choices else BY_KIND[field.kind](field)
    if field.is_nullable:
        kind = {"anyOf": [kind, {"type": "null"}]}
    told = {"description": " ".join(filter(None, (field.help, _unit(field))))}
    is_said = field.name in SAYS_NOTHING or not field.has_default
    default = {} if is_said or field.section is Section.PAUSE else {"default": field.default}
    return kind | (told if told["description"] else {}) | default


def _unit(field: Field) -> str:
    return (
        "In seconds." if field.kind is Kind.SECONDS else f"In {field.unit}." if field.unit else ""
    )


def _text(field: Field) -> Schema:
    longest = field.longest or getattr(field.column, "max_length", None)
    return {"type": "string"} | ({"maxLength": longest} if longest else {})


def _number(field: Field) -> Schema:
    least, most = field.bounds or (0, 0)
    return {"type": "integer", "minimum": least, "maximum": most}


def _priority(field: Field) -> Schema:
    return {"anyOf": [_number(field), {"enum": list(Job.PRIORITY_WORDS)}]}


def _typed(name: str, **more: Any) -> Callable[[Field], Schema]:
    return lambda field: {"type": name, **more}


BY_KIND: dict[Kind, Callable[[Field], Schema]] = {
    Kind.TEXT: _text,
    Kind.PROSE: _text,
    Kind.NUMBER: _number,
    Kind.SECONDS: _number,
    Kind.PRIORITY: _priority,
    Kind.MOMENT: _typed("string", format="date-time"),
    Kind.YES_NO: _typed("boolean"),
    Kind.WORDS: _typed("array", items={"type": "string", "maxLength": 50}, maxItems=50),
    Kind.OBJECT: _typed("object"),
    Kind.RESOURCES: _typed("object", additionalProperties={"type": "integer", "minimum": 0}),
}
