"""What is due, one after the other, and which of it calendars skip: as it is planned, so it is
shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from jobs.schedules.closures.closures import Closures
from jobs.schedules.window import Schedule


class DueMoment(NamedTuple):
    """``skipped`` says which calendar is closed then, and why; empty if the occurrence runs."""

    at: datetime
    skipped: str


def due_moments(plan: Schedule, closures: Closures | None, after: datetime) -> Iterator[DueMoment]:
    """Every due moment after this one, ascending; as many as are asked for."""
    following = plan.next_after(after)
    while following is not None:
        closing = closures.at(following) if closures else None
        yield DueMoment(following, str(closing) if closing else "")
        following = plan.next_after(following)
