"""The flags that set a job's fields, shared by ``job create`` and ``job update``."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from jobs.definition.field import Field, Kind, Place
from jobs.definition.fields import fields_in
from jobs.errors import DomainError
from jobs.models import Job
from jobs.moments import read_moment


def whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def yes_or_no(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower() == "true"


def priority(text: str) -> int:
    """A whole number, or one of the words low, normal, high, critical."""
    word = Job.PRIORITY_WORDS.get(text.lower())
    return whole_number(text) if word is None else word


def json_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"must be JSON: {error}") from None


def comma_list(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


# Kind -> (reader, how it is written).
READERS: dict[Kind, tuple[Callable[[str], Any], str]] = {
    Kind.TEXT: (str, ""),
    Kind.PROSE: (str, ""),
    Kind.NUMBER: (whole_number, "A whole number."),
    Kind.SECONDS: (whole_number, "In seconds."),
    Kind.PRIORITY: (priority, ""),
    Kind.MOMENT: (read_moment, "An ISO 8601 date-time."),
    Kind.YES_NO: (yes_or_no, "Write true or false."),
    Kind.CHOICE: (str, ""),
    Kind.WORDS: (comma_list, "Separated by commas."),
    Kind.OBJECT: (json_value, "A JSON object."),
    Kind.RESOURCES: (json_value, "A JSON object."),
}
FLAGGED = fields_in(Place.FLAGS)


def add_flags(parser: ArgumentParser) -> None:
    for field in FLAGGED:
        parser.add_argument(
            field.flag, dest=f"set_{field.name}", metavar=field.name.upper(), help=_help(field)
        )


def _help(field: Field) -> str:
    """What it means, how it is written, and what an empty text makes of it."""
    unit = f"In {field.unit}." if field.unit else READERS[field.kind][1]
    choices = f"One of {', '.join(field.choices)}." if field.choices else ""
    empty = f'"": {field.empty}.' if field.is_nullable else ""
    return " ".join(filter(None, (field.help, unit, choices, empty)))


def values_from(options: dict[str, Any]) -> dict[str, Any]:
    """The fields that were given, read; raises DomainError naming the field of one that cannot be
    read.
    """
    values = {}
    for field in FLAGGED:
        if (text := options.get(f"set_{field.name}")) is None:
            continue
        try:
            values[field.name] = (
                None if field.is_nullable and not text else READERS[field.kind][0](text)
            )
        except ValueError as error:
            raise DomainError(str(error), field=field.name) from error
    return values
