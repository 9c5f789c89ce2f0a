"""Numbers that were counted only so far."""

from __future__ import annotations

from jobs.queries.pages_jobs import CAP


def capped(count: int) -> str:
    """``1,000+`` for a count that stopped at its cap."""
    return f"{CAP:,}+" if count > CAP else f"{count:,}"
