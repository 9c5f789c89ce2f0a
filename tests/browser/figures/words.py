"""Durations and ages as the console is meant to write them, written once more; and read back where
approximate.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SIZES = {"d": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0, "ms": 0.001}
MS = timedelta(milliseconds=1)


def duration(milliseconds: float) -> str:
    """Milliseconds below a second, a tenth below ten, then the two largest units."""
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 9_950:
        return f"{milliseconds / 1_000:.1f}".removesuffix(".0") + " s"
    return _units(round(milliseconds / 1_000))


def age(seconds: float) -> str:
    """What counts on, in whole units."""
    whole = math.floor(seconds)
    if whole < 1:
        return "under 1 s"
    if 60 <= whole < 3_600:
        return f"{whole // 60} min"
    return f"{whole // 86_400} d" if whole >= 3 * 86_400 else _units(whole)


def clock(moment: datetime, now: datetime, zone: str) -> str:
    """The time of day in a zone: its seconds where there are any, its date where it is not today
    there.
    """
    here, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    time = here.strftime("%H:%M:%S" if here.second else "%H:%M")
    year = "" if here.year == today.year else f"{here:%Y} "
    return (
        f"{time} {here:%Z}"
        if here.date() == today.date()
        else f"{here:%a %d %b} {year}{time} {here:%Z}"
    )


def _units(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    counts = list(zip((days, hours, minutes, left), ("d", "h", "min", "s"), strict=True))
    first = next(index for index, (count, _) in enumerate(counts) if count)
    return " ".join(f"{count} {unit}" for count, unit in counts[first : first + 2] if count)


def ages(moment: datetime, now: datetime, *, slack: int = 4) -> set[str]:
    """The words that are right within some seconds of ``now``: a page is read a moment after it was
    made.
    """
    found = set()
    for late in range(-slack, slack + 1):
        seconds = (moment - now).total_seconds() + late
        found |= {"now"} if abs(seconds) < 2 else set()
        found.add(f"in {age(seconds)}" if seconds > 0 else f"{age(-seconds)} ago")
    return found


def read(text: str) -> tuple[float, float]:
    """A duration's milliseconds, and how many of them rounding may have cost."""
    parts = re.findall(r"(\d+(?:\.\d+)?) (ms|s|min|h|d)\b", text)
    assert parts, f"{text!r} is no duration"
    last = SIZES[parts[-1][1]] * (0.1 if "." in parts[-1][0] else 1)
    if len(parts) == 1 and parts[0][1] in {"d", "h", "min"}:
        last = {"d": 3_600, "h": 60, "min": 1}[parts[0][1]]
    return 1_000 * sum(float(count) * SIZES[unit] for count, unit in parts), 1_000 * last


def nearest_rank(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


def is_near(text: str, values: Sequence[float], share: float) -> bool:
    """Whether a percentile is within a tenth of the one measured, and never outside what was
    measured.
    """
    found, slack = read(text)
    measured = nearest_rank(values, share)
    is_inside = min(values) - slack <= found <= max(values) + slack
    return is_inside and abs(found - measured) <= 0.1 * measured + slack + 1
