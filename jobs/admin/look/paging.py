"""Links between the pages of a list that knows no page numbers: ``?after=<cursor>`` and
``?before=<cursor>``.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from jobs.moments import iso, read_moment

CURSOR_MOST = 1_000


@dataclass(frozen=True)
class Pager:
    """Addresses of the neighbouring pages, empty where there is none."""

    previous: str = ""
    next: str = ""


def link(request: HttpRequest, **changes: str) -> str:
    """This page's address with some query parameters set, or left out where the new value is
    empty.
    """
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def pager(
    request: HttpRequest, first: str, last: str, *, more_before: bool, more_after: bool
) -> Pager:
    return Pager(
        previous=link(request, after="", before=first) if more_before else "",
        next=link(request, before="", after=last) if more_after else "",
    )


def encode(values: Sequence[object]) -> str:
    """A cursor for the row with these key values."""
    plain = [iso(value) if isinstance(value, datetime) else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(text: str, readers: Sequence[Callable[[str], Any]]) -> list[Any] | None:
    """The values of a cursor, each through its reader; None for what is no such cursor."""
    try:
        values: Any = json.loads(
            base64.urlsafe_b64decode(text[:CURSOR_MOST] + "=" * (-len(text) % 4))
        )
        return [reader(value) for reader, value in zip(readers, _texts(values), strict=True)]
    except (binascii.Error, ValueError):
        return None


def aware(text: str) -> datetime:
    """Reads a date and time with its zone; raises ValueError for any other text."""
    return read_moment(text, None)


def comparable_text(text: str) -> str:
    """Reads a text that every database can compare; raises ValueError where it holds a NUL."""
    if "\0" in text:
        raise ValueError("a text with a NUL")
    return text


def parameter(request: HttpRequest, name: str) -> str:
    """A query parameter's text, bounded, without what no database takes."""
    return request.GET.get(name, "").replace("\0", "").strip()[:200]


def identifier(request: HttpRequest, name: str) -> uuid.UUID | None:
    """A query parameter that is an id; None for anything else."""
    try:
        return uuid.UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("not a list of texts")
    return values


def back(request: HttpRequest, otherwise: str) -> str:
    """The page that the form names in ``next``, if it is one of ours."""
    url = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    )
    return url if ours else otherwise
