"""``?fields=``: an answer's fields, all of them or those that were asked for."""

from __future__ import annotations

from typing import Any

from jobs.api.shapes.base import Selectable
from jobs.errors import DomainError

Row = dict[str, Any]


def wanted_fields(text: str | None, shape: type[Selectable]) -> list[str] | None:
    """The names in ``fields``; None where it was not given.

    Raises DomainError for one that is not there.
    """
    if text is None:
        return None
    names = text.split(",")
    for name in names:
        if name not in shape.model_fields:
            raise DomainError(
                f"{name[:60]!r} is none of {', '.join(shape.model_fields)}", field="fields"
            )
    return names


def selected(row: Row, names: list[str] | None) -> Row:
    """The row, or so much of it."""
    return row if names is None else {name: row[name] for name in names if name in row}
