"""Paging as the older systems have it: go on after the last id."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from jobs.compat.status import JobWithStatus
from jobs.errors import DomainError


def read_id(text: str, field: str) -> uuid.UUID | None:
    """The id to go on after; None for an empty text. Raises DomainError."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise DomainError(f"{text[:60]!r} is not an id", field=field) from None


def split(found: Sequence[JobWithStatus], limit: int) -> tuple[Sequence[JobWithStatus], str]:
    """Of one more than asked for: the page, and the id to go on after where there is more."""
    page = found[:limit]
    return page, str(page[-1].job.pk) if len(found) > limit else ""
