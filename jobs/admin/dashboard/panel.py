"""A panel: what it shows, or the reason why it shows nothing.

One that cannot be read leaves the others alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, OperationalError

logger = logging.getLogger(__name__)

SLOW = "This took too long to load."
UNREAD = "This could not be loaded."


@dataclass(frozen=True)
class Panel:
    """``data`` is what its template prints; ``error`` is empty unless reading it failed."""

    data: Any = None
    error: str = ""


def panel(name: str, read: Callable[[], Any]) -> Panel:
    """What ``read`` prepares; its database errors become the panel's own."""
    try:
        return Panel(read())
    except DatabaseError as error:
        logger.warning("panel not read", extra={"panel": name}, exc_info=True)
        is_slow = isinstance(error, OperationalError) and "timeout" in str(error)
        return Panel(error=SLOW if is_slow else UNREAD)
