"""Cursor paging: an opaque text that holds the key of the last row, and the address of the next
page.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from jobs.api.shapes.base import PagedById
from jobs.errors import DomainError
from jobs.moments import iso, read_moment


def cursor_of(order: str, key: Iterable[Any]) -> str:
    """The cursor behind a row with this key, in a list of this order."""
    parts = [iso(part) if isinstance(part, datetime) else part for part in key]
    text = json.dumps([order, *parts], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, order: str, kinds: Sequence[type]) -> list[Any] | None:
    """The key in a cursor, its parts of these kinds; None where there is no cursor.

    Raises DomainError.
    """
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        if not isinstance(found, list) or found[0] != order:
            raise ValueError(order)
        return [_part(kind, part) for kind, part in zip(kinds, found[1:], strict=True)]
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        raise DomainError("is none that this list has given out", field="cursor") from None


def read_place(query: PagedById, order: str) -> uuid.UUID | None:
    """The id behind which a list goes on that is ordered by id: that of the cursor, else the one
    that was given.
    """
    found = read_cursor(query.cursor, order, (uuid.UUID,))
    return found[0] if found else query.after


def _part(kind: type, part: Any) -> Any:
    if kind is uuid.UUID:
        return uuid.UUID(part)
    if kind is datetime:
        return read_moment(part, None)
    if (
        type(part) is not kind
        or (isinstance(part, int) and abs(part) >= 2**31)
        or (isinstance(part, str) and "\0" in part)
    ):
        raise ValueError(part)
    return part


def page(request: Request, rows: list[Any], cursor: str | None) -> Response:
    """The answer: the rows, and where the next ones are, if there are any."""
    following = (
        replace_query_param(request.build_absolute_uri(), "cursor", cursor) if cursor else None
    )
    return Response({"results": rows, "next": following})
