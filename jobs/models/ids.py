"""Identifiers."""

from __future__ import annotations

import uuid
from datetime import datetime

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A UUIDv7: unique without asking the database, and ordered by the time it was made."""
    return uuid7()


def first_id_at(moment: datetime) -> uuid.UUID:
    """The smallest id that could be made at ``moment``: what is less was made before; an index
    range finds it.
    """
    return uuid.UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
