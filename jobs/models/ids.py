"""Identifiers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A UUIDv7: unique without asking the database, and ordered by the time it was made."""
    return uuid7()


def first_id_at(moment: datetime) -> uuid.UUID:
    """The smallest id that could be made at ``moment``: what is less was made before; an index
    range finds it.
    """
    return uuid.UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def made_at(made_id: uuid.UUID) -> datetime:
    """When this id was made, to the millisecond."""
    return datetime.fromtimestamp((made_id.int >> 80) / 1000, UTC)
