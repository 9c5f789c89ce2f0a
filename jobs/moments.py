"""Moments to and from text, the one way everywhere; and which of them can be reckoned with."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, tzinfo
from typing import overload

TOO_FAR = "is too far away"
WANTED = "must be a date and time such as 2026-01-31T09:30:00Z"
WITHOUT_ZONE = "must carry a time zone, such as Z or +02:00"


def is_near(moment: datetime) -> bool:
    """Whether it is neither of the first nor of the last year that there is: what is added to it is
    a moment again.
    """
    return MINYEAR < moment.year < MAXYEAR


@overload
def iso(moment: datetime, timespec: str = ...) -> str: ...
@overload
def iso(moment: None, timespec: str = ...) -> None: ...
@overload
def iso(moment: datetime | None, timespec: str = ...) -> str | None: ...
def iso(moment: datetime | None, timespec: str = "auto") -> str | None:
    """``2026-01-31T09:15:00Z``: for programs, in UTC, with as many decimals as it has, or as
    ``timespec`` says.
    """
    return (
        moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
        if moment
        else None
    )


def iso_in(moment: datetime, zone: tzinfo) -> str:
    """``2026-01-31T10:15:00+01:00``: for people, in their zone, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def stamp(moment: datetime) -> str:
    """``2026-01-31 09:15:00 UTC``: a moment within a sentence, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def carries_offset(text: str) -> bool:
    """Whether an ISO 8601 date-time, which ``read_moment`` reads, says itself what it is in UTC."""
    return datetime.fromisoformat(text.strip().upper()).tzinfo is not None


def read_moment(text: str, zone: tzinfo | None = UTC) -> datetime:
    """An ISO 8601 date-time as a moment in UTC; one without an offset is of ``zone``, which None
    forbids.

    Raises ValueError.
    """
    try:
        found = datetime.fromisoformat(text.strip().upper())
    except (ValueError, TypeError, AttributeError):
        raise ValueError(WANTED) from None
    if found.tzinfo is None and zone is None:
        raise ValueError(WITHOUT_ZONE)
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError(TOO_FAR) from None


def read_day(text: str) -> date:
    """A day of the calendar such as ``2026-12-24``; raises ValueError."""
    return date.fromisoformat(text.strip())
