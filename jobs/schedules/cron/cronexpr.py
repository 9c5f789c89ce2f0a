"""The texts of Go's cronexpr: five fields as everywhere, a sixth for the year, and seconds ahead of
seven.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from jobs.errors import ScheduleError

FIRST_YEAR, LAST_YEAR = 1970, 2099
SIX_FIELDS = "has six fields: minute to weekday, then the year"
_ANY = frozenset({"*", "?", "*/1"})
_SPAN = re.compile(r"(?P<first>\d{4})(?:-(?P<last>\d{4}))?")


@dataclass(frozen=True)
class Cronexpr:
    """``text`` means the same here; ``years``: the first and the last, where they are limited.

    ``says``: what whoever counts the seconds first should know of the text.
    """

    text: str
    years: tuple[int, int] | None = None
    says: str = ""

    def window(
        self, zone: ZoneInfo, start: datetime | None, end: datetime | None
    ) -> tuple[datetime | None, datetime | None]:
        """The part of a window that lies in the years, which are those of the zone."""
        if self.years is None:
            return start, end
        first = datetime(self.years[0], 1, 1, tzinfo=zone)
        last = datetime(self.years[1], 12, 31, 23, 59, 59, tzinfo=zone)
        return max(start or first, first), min(end or last, last)


def read_cronexpr(text: str) -> Cronexpr:
    """Raises ScheduleError for years that are no span; any other text is left to ``parse``."""
    words = text.split()
    if len(words) not in (6, 7) or text.lstrip().startswith("@"):
        return Cronexpr(text)
    return Cronexpr(" ".join(words[:-1]), _years(words[-1]), SIX_FIELDS if len(words) == 6 else "")


def shown_cronexpr(text: str) -> str:
    """A text of ours as cronexpr reads it: six fields with the seconds first need a year."""
    return f"{text} *" if len(text.split()) == 6 and not text.startswith("@") else text


def _years(text: str) -> tuple[int, int] | None:
    if text in _ANY:
        return None
    spans = [_SPAN.fullmatch(item) for item in text.split(",")]
    years = sorted({year for span in spans for year in _span(span, text)})
    if years[-1] - years[0] >= len(years):
        hint = "give each span of years a task of its own"
        raise ScheduleError(f"year: {text[:40]} has gaps", hint=hint)
    return years[0], years[-1]


def _span(found: re.Match[str] | None, text: str) -> range:
    first = int(found["first"]) if found else 0
    last = int(found["last"] or first) if found else 0
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        hint = f"use *, a year such as 2027, or a span such as 2027-2029, up to {LAST_YEAR}"
        raise ScheduleError(f"year: {text[:40]} is not read here", hint=hint)
    return range(first, last + 1)
