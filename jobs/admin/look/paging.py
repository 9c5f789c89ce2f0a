"""Links between the pages of a list that knows no page numbers: ``?after=<cursor>`` and ``?before=<cursor>``."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

CURSOR_MOST = 1_000


@dataclass(frozen=True)
class Pager:
    """Addresses of the neighbouring pages, empty where there is none."""

    previous: str = ""
    next: str = ""


def link(request: HttpRequest, **changes: str) -> str:
    """This page's address with some query parameters set, or left out where the new value is empty."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def pager(request: HttpRequest, first: str, last: str, *, more_before: bool, more_after: bool) -> Pager:
    return Pager(
        previous=link(request, after="", before=first) if more_before else "",
        next=link(request, before="", after=last) if more_after else "",
    )


def encode(values: Sequence[object]) -> str:
    """A cursor for the row with these key values."""
    plain = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(text: str, length: int) -> list[str] | None:
    """The values of a cursor; None for what is no cursor of ``length`` values."""
    try:
        values: Any = json.loads(base64.urlsafe_b64decode(text[:CURSOR_MOST] + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
    fits = isinstance(values, list) and len(values) == length and all(isinstance(value, str) for value in values)
    return values if fits else None
