"""systemd's OnCalendar, as the cron text that means the same."""

from __future__ import annotations

import re

_WORDS = {
    "minutely": "* * * * *", "hourly": "0 * * * *", "daily": "0 0 * * *", "weekly": "0 0 * * MON",
    "monthly": "0 0 1 * *", "yearly": "0 0 1 1 *", "annually": "0 0 1 1 *",
    "quarterly": "0 0 1 1,4,7,10 *",
    "semiannually": "0 0 1 1,7 *",
}  # fmt: skip
_PART = r"(?:\*|[0-9]+(?:\.\.[0-9]+)?)(?:/[0-9]+)?(?:,(?:\*|[0-9]+(?:\.\.[0-9]+)?)(?:/[0-9]+)?)*+"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_SHAPE = re.compile(
    rf"(?:(?P<week>{_DAY}(?:(?:\.\.|,){_DAY})*)(?:\s+|$))?"
    rf"(?:(?:\*-)?(?P<month>{_PART})-(?P<day>{_PART})(?:\s+|$))?"
    rf"(?:(?P<hour>{_PART}):(?P<minute>{_PART})(?::(?P<second>{_PART}))?)?",
    re.IGNORECASE,
)
_LONG_DAY = re.compile(r"([A-Z]{3})[A-Z]*")
_WEEK = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def cron_of(text: str) -> str | None:
    """The cron text, five fields or six with the seconds first; None for what is no OnCalendar or
    has no such text.
    """
    written = text.strip()
    if written.lower() in _WORDS:
        return _WORDS[written.lower()]
    found = _SHAPE.fullmatch(written)
    if found is None or {":", "-"}.isdisjoint(written):
        return None
    week = _weekdays(found["week"] or "*")
    clock = [
        _numbers(found["second"] or "0"),
        _numbers(found["minute"] or "0"),
        _numbers(found["hour"] or "0"),
    ]
    fields = [*clock, _numbers(found["day"] or "*"), _numbers(found["month"] or "*"), week]
    return " ".join(fields[1:] if fields[0] in ("0", "00") else fields)


def _numbers(part: str) -> str:
    return part.replace("..", "-")


def _weekdays(part: str) -> str:
    """The days by their first three letters; a range over the end of the week day by day."""
    days = []
    for item in _LONG_DAY.sub(r"\1", part.upper()).split(","):
        first, _, last = item.partition("..")
        if last and first in _WEEK:
            start, end = _WEEK.index(first), _WEEK.index(last)
            days += [
                _WEEK[number % 7] for number in range(start, end + 1 if end >= start else end + 8)
            ]
        else:
            days.append(item)
    return ",".join(days)
