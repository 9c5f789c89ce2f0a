"""What can be done to a calendar, each made ready for an actor to try: rows of the table of
rights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from jobs.access.actor import Actor
from jobs.actions.calendars.editing import create_calendar, delete_calendar, update_calendar
from tests.support.builders import make_calendar

Call = Callable[[Actor], Any]


def create() -> Call:
    return lambda actor: create_calendar(
        {"name": "plant", "weekdays": ["SUN"]}, actor=actor, now=timezone.now()
    )


def update() -> Call:
    make_calendar("plant")
    return lambda actor: update_calendar(
        "plant", {"weekdays": ["SAT"]}, actor=actor, now=timezone.now()
    )


def delete() -> Call:
    make_calendar("plant")
    return lambda actor: delete_calendar("plant", actor=actor, now=timezone.now())


CALLS: dict[str, Callable[[], Call]] = {
    "create_calendar": create,
    "update_calendar": update,
    "delete_calendar": delete,
}
