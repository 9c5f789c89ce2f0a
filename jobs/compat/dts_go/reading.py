"""From a message's fields to what actions and queries take; what cannot be read is an error that
names the field.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.message import Message

from jobs.compat.dts_go.asking import Call
from jobs.errors import DomainError, JobNotFound
from jobs.models import Job
from jobs.queries.lookup import job_by_id

LONGEST_PAGE = 250


def job_of(text: str, field: str, call: Call) -> Job:
    """The unarchived job of this id; raises JobNotFound."""
    if not text:
        raise DomainError("is required", field=field)
    return job_by_id(job_id(text, field), actor=call.actor)


def job_id(text: str, field: str) -> uuid.UUID:
    """A text that is no id at all names no job either."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise JobNotFound(f"there is no job {text[:60]!r}", field=field) from None


def cursor(text: str, field: str) -> uuid.UUID | None:
    """The id to go on after; None for an empty text."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise DomainError(f"{text[:60]!r} is not an id", field=field) from None


def page_size(number: int) -> int:
    """0, and more than the longest, is the longest."""
    if number < 0:
        raise DomainError("must not be negative", field="page_size")
    return min(number or LONGEST_PAGE, LONGEST_PAGE)


def given(message: Message, fields: Iterable[str]) -> Mapping[str, Any]:
    """These scalar fields as a dict; zero values stand for nothing."""
    return {field: value for field in fields if (value := getattr(message, field))}
