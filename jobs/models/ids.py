"""Identifiers."""

from __future__ import annotations

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A UUIDv7: unique without asking the database, and ordered by the time it was made."""
    return uuid7()
