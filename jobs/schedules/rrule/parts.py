"""Reading ``RRULE:FREQ=…`` (RFC 5545): what enters is the text, what leaves is its parts, checked.

Lists and numbers are bounded here, so that walking a rule costs little whatever its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from jobs.errors import ScheduleError
from jobs.schedules.interval import LONGEST

MAX_COUNT = 3_000
# A day holds at most this many times of a rule that lists them; finer ones name the frequency
# instead.
MAX_TIMES = 1_440

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PREFIX = re.compile(r"\s*RRULE:", re.IGNORECASE)
_BYDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


class Freq(IntEnum):
    """From coarse to fine; the value is the length of the shortest such period in seconds."""

    YEARLY = 365 * 86_400
    MONTHLY = 28 * 86_400
    WEEKLY = 7 * 86_400
    DAILY = 86_400
    HOURLY = 3_600
    MINUTELY = 60
    SECONDLY = 1


# Part: (lowest, highest, whether negative counts from the end)
_RANGES = {
    "BYSECOND": (0, 59, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_RANGES}
# RFC 5545, 3.3.10: parts that have no meaning under a frequency.
_BARRED = {
    "BYWEEKNO": set(Freq) - {Freq.YEARLY},
    "BYYEARDAY": {Freq.DAILY, Freq.WEEKLY, Freq.MONTHLY},
    "BYMONTHDAY": {Freq.WEEKLY},
}


@dataclass(frozen=True)
class Parts:
    """A recurrence rule.

    ``byday`` holds (nth or 0, weekday with Monday 0); the lists are sorted, empty when absent.
    """

    freq: Freq
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    wkst: int = 0
    byday: tuple[tuple[int, int], ...] = ()
    bymonth: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    bysecond: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()

    @property
    def names_days(self) -> bool:
        return bool(self.byday or self.bymonthday or self.byyearday or self.byweekno)

    @property
    def follows_elapsed_time(self) -> bool:
        """Finer than daily: like a cron wildcard, it does not name its time of day."""
        return self.freq < Freq.DAILY


@dataclass(frozen=True)
class _Value:
    """The value of one part and where it starts in the schedule text."""

    name: str
    text: str
    position: int

    def error(self, message: str, hint: str = "", shift: int = 0) -> ScheduleError:
        return ScheduleError(f"{self.name}: {message}", position=self.position + shift, hint=hint)

    def items(self) -> Iterable[_Value]:
        offset = self.position
        for item in self.text.split(","):
            yield _Value(self.name, item, offset)
            offset += len(item) + 1


def read_parts(text: str) -> Parts:
    """Read the whole schedule text, ``RRULE:`` included."""
    values = _split(text)
    if "FREQ" not in values:
        raise ScheduleError(
            "RRULE: FREQ is missing", position=len(text), hint="such as RRULE:FREQ=DAILY;BYHOUR=9"
        )
    freq = _freq(values["FREQ"])
    _check_barred(values, freq)
    if "COUNT" in values and "UNTIL" in values:
        raise values["UNTIL"].error("COUNT and UNTIL cannot be combined", hint="keep one of them")
    lists = {name.lower(): _integers(value) for name, value in values.items() if name in _RANGES}
    parts = Parts(
        freq=freq,
        interval=_interval(values.get("INTERVAL"), freq),
        count=_count(values.get("COUNT")),
        until=_until(values.get("UNTIL")),
        wkst=_wkst(values.get("WKST")),
        byday=_byday(values.get("BYDAY"), freq, weeks="BYWEEKNO" in values),
        **lists,
    )
    _check_times(parts, values)
    return parts


def _split(text: str) -> dict[str, _Value]:
    prefix = _PREFIX.match(text)
    position = prefix.end() if prefix else 0
    values: dict[str, _Value] = {}
    for part in text[position:].rstrip().upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise ScheduleError(f"RRULE: {part[:20]!r} is not NAME=VALUE", position=position)
        if name not in _KNOWN:
            raise ScheduleError(
                f"RRULE: part {name[:20]} is unknown", position=position, hint=_part_hint(name)
            )
        if name in values:
            raise ScheduleError(f"RRULE: {name} is given twice", position=position)
        values[name] = _Value(name, value, position + len(name) + 1)
        position += len(part) + 1
    return values


def _part_hint(name: str) -> str:
    return (
        "the rule starts at the job's starts_at"
        if name == "DTSTART"
        else f"use {', '.join(sorted(_KNOWN))}"
    )


def _freq(value: _Value) -> Freq:
    if value.text not in Freq.__members__:
        raise value.error(
            f"{value.text[:20]} is unknown", hint=f"use {', '.join(Freq.__members__)}"
        )
    return Freq[value.text]


def _check_barred(values: dict[str, _Value], freq: Freq) -> None:
    for name, barred in _BARRED.items():
        if name in values and freq in barred:
            raise values[name].error(f"has no meaning with FREQ={freq.name}")
    if "BYSETPOS" in values and not any(
        name.startswith("BY") and name != "BYSETPOS" for name in values
    ):
        raise values["BYSETPOS"].error("needs another BY part to pick from")


def _number(value: _Value, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", value.text):
        raise value.error(f"{value.text[:20]} is not a number", hint=f"use {low} to {high}")
    number = int(value.text)
    if number > high:
        raise value.error(f"{number} is above {high}", hint=f"use {low} to {high}")
    if number < low:
        raise value.error(f"{number} is below {low}", hint=f"use {low} to {high}")
    return number


def _interval(value: _Value | None, freq: Freq) -> int:
    return 1 if value is None else _number(value, 1, int(LONGEST.total_seconds()) // freq)


def _count(value: _Value | None) -> int | None:
    return None if value is None else _number(value, 1, MAX_COUNT)


def _wkst(value: _Value | None) -> int:
    if value is None:
        return 0
    if value.text not in WEEKDAYS:
        raise value.error(f"{value.text[:20]} is not a weekday", hint=f"use {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(value.text)


def _until(value: _Value | None) -> datetime | None:
    """Aware when written with Z, else a wall time; a bare date lasts to its end."""
    if value is None:
        return None
    match = _UNTIL.fullmatch(value.text)
    if match is None:
        raise value.error(
            f"{value.text[:20]} is not a date", hint="write 20271231 or 20271231T235959Z"
        )
    day, clock, zulu = match.groups()
    try:
        until = datetime.fromisoformat(f"{day}T{clock or '000000'}")
    except ValueError:
        raise value.error(f"{value.text} is not a valid date-time") from None
    if clock is None:
        return until.replace(hour=23, minute=59, second=59)
    return until.replace(tzinfo=UTC) if zulu else until


def _integers(value: _Value) -> tuple[int, ...]:
    low, high, signed = _RANGES[value.name]
    return tuple(
        sorted(
            {
                _signed(item, low, high) if signed else _number(item, low, high)
                for item in value.items()
            }
        )
    )


def _signed(item: _Value, low: int, high: int) -> int:
    if item.text[:1] in ("+", "-"):
        number = _number(_Value(item.name, item.text[1:], item.position + 1), low, high)
        return -number if item.text[0] == "-" else number
    return _number(item, low, high)


def _byday(value: _Value | None, freq: Freq, *, weeks: bool) -> tuple[tuple[int, int], ...]:
    if value is None:
        return ()
    return tuple(sorted({_weekday(item, freq, weeks=weeks) for item in value.items()}))


def _weekday(item: _Value, freq: Freq, *, weeks: bool) -> tuple[int, int]:
    match = _BYDAY.fullmatch(item.text)
    if match is None:
        raise item.error(f"{item.text[:20]} is not a weekday", hint="use MO, 2TU, -1FR …")
    if match[1] is None:
        return 0, WEEKDAYS.index(match[2])
    if freq not in (Freq.YEARLY, Freq.MONTHLY) or weeks:
        raise item.error(
            f"{item.text} counts weekdays, which needs FREQ=MONTHLY or YEARLY without BYWEEKNO"
        )
    most = 53 if freq is Freq.YEARLY else 5
    nth = int(match[1])
    if not 1 <= abs(nth) <= most:
        raise item.error(f"{item.text} is not between 1 and {most}")
    return nth, WEEKDAYS.index(match[2])


def _check_times(parts: Parts, values: dict[str, _Value]) -> None:
    """The times that one period lists are few."""
    hours = len(parts.byhour) if parts.freq >= Freq.DAILY else 1
    minutes = len(parts.byminute) if parts.freq >= Freq.HOURLY else 1
    seconds = len(parts.bysecond) if parts.freq >= Freq.MINUTELY else 1
    times = max(hours, 1) * max(minutes, 1) * max(seconds, 1)
    if times > MAX_TIMES:
        where = values.get("BYSECOND") or values["BYMINUTE"]
        raise where.error(
            f"{times} times per period are too many", hint="use FREQ=MINUTELY or SECONDLY"
        )
