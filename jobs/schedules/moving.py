"""The same schedule at another minute of its hour."""

from __future__ import annotations

import re

from jobs.schedules.parse import MACROS

_ONE_MINUTE = re.compile(r"[0-9]{1,2}")
_WITH_SECONDS = 6


def minute_of(text: str) -> int | None:
    """The one minute of the hour at which a cron text fires; None where that is not one number."""
    fields, place = _fields(text)
    found = fields[place] if place is not None else ""
    return int(found) if _ONE_MINUTE.fullmatch(found) else None


def at_minute(text: str, minute: int) -> str:
    """The text of ``minute_of`` at another minute; a macro becomes the fields that it stands
    for.
    """
    fields, place = _fields(text)
    if place is None:
        raise ValueError(f"{text!r} has no minute field")
    fields[place] = str(minute)
    return " ".join(fields)


def _fields(text: str) -> tuple[list[str], int | None]:
    fields = MACROS.get(text.strip().lower(), text).split()
    if len(fields) not in (_WITH_SECONDS - 1, _WITH_SECONDS) or fields[0].startswith("@"):
        return fields, None
    return fields, int(len(fields) == _WITH_SECONDS)
