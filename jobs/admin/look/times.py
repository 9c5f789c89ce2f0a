"""Times and durations for people: relative text beside the absolute one, and its zone always
written.

In which zone is the viewer's choice: the job's (its second line is UTC), their own, or UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.moments import iso
from jobs.words import duration, roughly

NONE = "—"
CHOICES = ("mine", "job", "utc")


@dataclass(frozen=True)
class Shown:
    """How the times of a page are shown: one of CHOICES, and the browser's zone for ``mine``."""

    choice: str = "job"
    zone: str = "UTC"

    @property
    def key(self) -> str:
        """Differs where a page would look different."""
        return f"{self.choice} {self.zone}" if self.choice == "mine" else self.choice

    def zone_for(self, job_zone: str) -> str:
        return {"mine": self.zone, "utc": "UTC"}.get(self.choice, job_zone)


_shown: ContextVar[Callable[[], Shown]] = ContextVar("shown", default=Shown)


def viewer_times() -> Shown:
    """How the viewer of the page that is being made wants its times."""
    return _shown.get()()


@contextmanager
def showing(choose: Callable[[], Shown]) -> Iterator[None]:
    """Times made inside the block are shown as ``choose`` says; it is asked at the first of
    them.
    """
    token = _shown.set(choose)
    try:
        yield
    finally:
        _shown.reset(token)


@dataclass(frozen=True)
class Moment:
    """A time as a page shows it; ``iso`` is empty where there is none, and ``title`` then says why.

    ``prefix`` stands before ``relative`` once the time is past.
    """

    relative: str = NONE
    text: str = ""
    utc: str = ""
    iso: str = ""
    title: str = ""
    prefix: str = ""


def moment(value: datetime | None, now: datetime, zone: str = "UTC", *, absent: str = "") -> Moment:
    """``value`` in ``zone``, unless the viewer prefers another; and, where that is not UTC, in UTC.

    ``absent`` says why there is none.
    """
    if value is None:
        return Moment(title=absent)
    utc = value.astimezone(UTC)
    local = utc.astimezone(zone_of(viewer_times().zone_for(zone)))
    text = clock(local, now.astimezone(local.tzinfo))
    elsewhere = local.utcoffset() != timedelta(0)
    return Moment(
        relative=relative(value, now),
        text=text,
        utc=clock(utc, local) if elsewhere else "",
        iso=iso(utc),
        title=f"{local:%A %d %B %Y %H:%M:%S %Z} · {utc:%Y-%m-%d %H:%M:%S} UTC",
    )


def due(value: datetime | None, now: datetime, zone: str) -> Moment:
    """When a job is due next; one that is due and not yet planned says so."""
    when = moment(value, now, zone, absent="nothing is planned")
    is_late = value is not None and value <= now
    return replace(
        when, relative=f"due {when.relative}" if is_late else when.relative, prefix="due"
    )


def clock(value: datetime, beside: datetime) -> str:
    """``02:30 CEST``, with the date where it is not that of ``beside``, seconds where there are
    any.
    """
    time = f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    date = "" if value.date() == beside.date() else f"{value:%a %d %b} "
    year = "" if value.year == beside.year or not date else f"{value:%Y} "
    return f"{date}{year}{time} {value:%Z}"


def relative(value: datetime, now: datetime) -> str:
    """``in 4 min``, ``12 s ago``, ``now``: as exact as one wants it in passing."""
    seconds = (value - now).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {roughly(seconds)}" if seconds > 0 else f"{roughly(-seconds)} ago"


def between(start: datetime | None, end: datetime | None) -> str:
    """How long it took, or — where one end is missing."""
    return duration(max(0.0, (end - start).total_seconds())) if start and end else NONE


@dataclass(frozen=True)
class Took:
    """How long something took; where ``since`` holds a moment, it still goes on, and the browser
    counts on from it.
    """

    text: str = NONE
    since: str = ""


def took(start: datetime | None, end: datetime | None, now: datetime, *, goes_on: bool) -> Took:
    """From ``start`` to ``end``, else to ``now`` where it ``goes_on``."""
    if start and end is None and goes_on:
        return Took(roughly(max(0.0, (now - start).total_seconds())), iso(start))
    return Took(between(start, end))


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name; UTC where there is none, as a page about a broken job must still
    open.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
