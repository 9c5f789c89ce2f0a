"""``doctor --history``: whether the promises were kept, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.reading import read_moment

AGO = re.compile(r"(\d{1,6})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_since(text: str | None, *, now: datetime) -> datetime | None:
    """A moment, or how long ago: ``90m``, ``24h``, ``7d``. Raises DomainError naming ``since``."""
    ago = AGO.fullmatch(text or "")
    since = now - timedelta(**{UNITS[ago[2]]: int(ago[1])}) if ago else read_moment(text, "since")
    if since and since >= now:
        raise DomainError("must be in the past", field="since")
    return since


def is_kept(found: dict[str, Any]) -> bool:
    """Whether all was looked at, and no promise was broken."""
    return bool(found["is_complete"]) and not found["counts"]


def history_text(found: dict[str, Any]) -> str:
    """What was looked at, each broken promise with its rows and its remedy, and what could not be
    judged.
    """
    return "\n".join(_lines(found))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    since = found["since"] or "the beginning"
    counted = (
        f"{found['runs']:,} runs, {found['attempts']:,} attempts, "
        f"{found['occurrences']:,} due occurrences"
    )
    yield f"looked at {counted} of {found['jobs']:,} jobs, from {since} to {found['until']}"
    for one in found["violations"]:
        about = f"{one['job_name']} run {one['run']}" if one["run"] else one["job_name"]
        yield f"BROKEN  {one['invariant']}: {about}: {one['said']}"
        yield f"        at {one['at']}; {', '.join(one['rows'])}"
        yield f"        {one['remedy']}"
    yield from _summary(found)
    yield from (f"not judged: {reason}" for reason in found["unjudged"])


def _summary(found: dict[str, Any]) -> Iterator[str]:
    broken = sum(found["counts"].values())
    if more := broken - len(found["violations"]):
        yield f"        and {more:,} more"
    if not found["is_complete"]:
        yield "not finished: it took too long; ask for less with --since, or on the machine itself"
    if broken:
        kinds = ", ".join(f"{count:,} × {kind}" for kind, count in found["counts"].items())
        yield f"{broken:,} promises were broken: {kinds}"
    elif found["is_complete"]:
        yield "every promise was kept, as far as rows can tell"
