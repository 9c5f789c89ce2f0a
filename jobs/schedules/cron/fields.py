"""Reading one cron field: what enters is its text, what leaves is the values it allows, or a
ScheduleError.

Every number is checked against the field's range before it is expanded, so no text costs more than
its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jobs.errors import ScheduleError

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_NUMBER = re.compile(r"[0-9]+")
SPREAD = "write a value, and spread the starts with the job's jitter"


@dataclass(frozen=True)
class FieldSpec:
    """A column of the cron text.

    ``span`` is how many different values it has, the largest useful step.
    """

    name: str
    low: int
    high: int
    span: int
    names: dict[str, int] = field(default_factory=dict)

    @property
    def hint(self) -> str:
        named = f", or {next(iter(self.names))} to {list(self.names)[-1]}" if self.names else ""
        return f"use {self.low} to {self.high}{named}"


SECOND = FieldSpec("second", 0, 59, 60)
MINUTE = FieldSpec("minute", 0, 59, 60)
HOUR = FieldSpec("hour", 0, 23, 24)
DAY_OF_MONTH = FieldSpec("day-of-month", 1, 31, 31)
MONTH = FieldSpec(
    "month", 1, 12, 12, {name: number for number, name in enumerate(_MONTHS, start=1)}
)
DAY_OF_WEEK = FieldSpec("day-of-week", 0, 7, 7, {name: number for number, name in enumerate(_DAYS)})


@dataclass(frozen=True)
class Field:
    """A field that was read.

    ``mask`` has a bit per plain value; ``text`` is numeric, as cronsim reads it.
    """

    mask: int
    text: str
    position: int

    @property
    def starts_with_star(self) -> bool:
        return self.text.startswith("*")


@dataclass(frozen=True)
class _Item:
    """One element of a field's list, with the offset of its first character in the schedule
    text.
    """

    spec: FieldSpec
    text: str
    position: int

    def error(self, message: str, hint: str = "", shift: int = 0) -> ScheduleError:
        return ScheduleError(
            f"{self.spec.name}: {message}", position=self.position + shift, hint=hint
        )

    def part(self, start: int, end: int | None = None) -> _Item:
        return _Item(self.spec, self.text[start:end], self.position + start)

    def split(self, mark: str) -> tuple[_Item, _Item | None]:
        """The part before ``mark`` and the one after it, or None where the mark is missing."""
        at = self.text.find(mark)
        return (self, None) if at < 0 else (self.part(0, at), self.part(at + len(mark)))


def read_field(spec: FieldSpec, text: str, position: int) -> Field:
    """Read a whole field that starts at ``position`` of the schedule text."""
    mask, texts, offset = 0, [], position
    for item_text in text.upper().split(","):
        item_mask, item_out = _read_item(_Item(spec, item_text, offset))
        mask |= item_mask
        texts.append(item_out)
        offset += len(item_text) + 1
    return Field(mask, ",".join(texts), position)


def _read_item(item: _Item) -> tuple[int, str]:
    if not item.text:
        raise item.error("an item is empty", hint="a list looks like 1,15,30")
    special = _read_special(item)
    if special:
        return 0, special
    _refuse_dialects(item)
    base, step_item = item.split("/")
    low, high, text = _read_range(base, step_item.text if step_item else "")
    if step_item is None:
        return _mask(low, high, 1), text
    step = _read_step(step_item)
    if text.isdigit():
        # "5/10" starts at 5 and goes on; "5-5/10" is 5 alone.
        high = low if "-" in base.text else item.spec.high
        text = f"{low}-{high}"
    return _mask(low, high, step), f"{text}/{step}" if low < high else str(low)


def _mask(low: int, high: int, step: int) -> int:
    return sum(1 << value for value in range(low, high + 1, step))


def _refuse_dialects(item: _Item) -> None:
    """What other crons spread starts with: a moment of their choice."""
    if item.text.startswith("H") or "~" in item.text:
        raise item.error(
            f"{_shown(item.text)} is not supported: it is a moment of cron's choice", hint=SPREAD
        )


def _read_range(item: _Item, step: str = "") -> tuple[int, int, str]:
    spec = item.spec
    if item.text in ("*", "?"):
        return spec.low, spec.high, "*"
    first, last = item.split("-")
    if last is None:
        value = _read_value(item)
        return value, value, str(value)
    low, high = _read_value(first), _read_value(last)
    if spec is DAY_OF_WEEK and high == 0 and low:
        high = 7
    if high < low:
        raise item.error(
            f"range {_shown(item.text)} runs backwards", hint=_wrapped(spec, low, high, step)
        )
    return low, high, f"{low}-{high}" if low < high else str(low)


def _wrapped(spec: FieldSpec, low: int, high: int, step: str) -> str:
    """A range over the end of the field, as the values it means."""
    values = [*range(low, spec.low + spec.span), *range(spec.low, high + 1)]
    if step:
        stepped = (
            values[:: int(step)]
            if _NUMBER.fullmatch(step) and 0 < int(step) <= spec.span
            else values
        )
        return f"write {','.join(map(str, sorted(stepped)))}"
    parts = [
        run
        for run in (_run(spec, low, spec.low + spec.span - 1), _run(spec, spec.low, high))
        if run
    ]
    return f"write {','.join(parts)}"


def _run(spec: FieldSpec, low: int, high: int) -> str:
    """The range as text, by name where its values have names; empty where it has none."""
    names = {number: name for name, number in spec.names.items()}
    first, last = names.get(low, str(low)), names.get(high, str(high))
    return "" if high < low else first if low == high else f"{first}-{last}"


def _read_value(item: _Item) -> int:
    spec = item.spec
    if item.text in spec.names:
        return spec.names[item.text]
    if not item.text:
        raise item.error("a number is missing", hint=spec.hint)
    if not _NUMBER.fullmatch(item.text):
        raise item.error(f"{_shown(item.text)} is not a value", hint=spec.hint)
    value = int(item.text)
    if value > spec.high:
        raise item.error(f"{_shown(item.text)} is above {spec.high}", hint=spec.hint)
    if value < spec.low:
        raise item.error(f"{value} is below {spec.low}", hint=spec.hint)
    return value


def _read_step(item: _Item) -> int:
    if not item.text:
        raise item.error("the step is missing", hint="a step looks like */15")
    if not _NUMBER.fullmatch(item.text):
        raise item.error(f"step {_shown(item.text)} is not a number", hint="a step looks like */15")
    step = int(item.text)
    if step == 0:
        raise item.error("step 0 never moves on", hint="a step is at least 1")
    if step > item.spec.span:
        raise item.error(
            f"step {_shown(item.text)} is above {item.spec.span}",
            hint="for longer periods use @every",
        )
    return step


def _read_special(item: _Item) -> str:
    """``L`` and ``LW`` of the day of month, ``5L`` and ``1#2`` of the day of week; "" for anything
    else.
    """
    if item.spec is DAY_OF_MONTH:
        return _read_last_day(item)
    if item.spec is DAY_OF_WEEK:
        return _read_weekday_of_month(item)
    if item.text in ("L", "LW") or "#" in item.text:
        raise item.error(f"{_shown(item.text)} is for days only", hint=item.spec.hint)
    return ""


def _read_last_day(item: _Item) -> str:
    if item.text in ("L", "LW"):
        return item.text
    if item.text.startswith("L"):
        raise item.error(f"{_shown(item.text)} is not supported", hint=_before_last(item.text))
    if item.text.endswith("W"):
        hint = "use LW, a day, or its weekday at the latest: " + _last_weekday_until(item.text)
        raise item.error(f"{_shown(item.text)} (nearest weekday) is not supported", hint=hint)
    return ""


def _before_last(text: str) -> str:
    """The recurrence rule of so many days before a month's last."""
    days = text[2:]
    if not (text.startswith("L-") and _NUMBER.fullmatch(days) and 0 < int(days) < 31):
        return "use L (last day) or LW (last weekday) alone"
    return f"write RRULE:FREQ=MONTHLY;BYMONTHDAY=-{int(days) + 1};BYHOUR=9;BYMINUTE=0;BYSECOND=0"


def _last_weekday_until(text: str) -> str:
    day = int(text[:-1]) if _NUMBER.fullmatch(text[:-1]) and 3 <= int(text[:-1]) <= 31 else 15
    days = f"{day - 2},{day - 1},{day}"
    workdays = f"FREQ=MONTHLY;BYMONTHDAY={days};BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
    return f"RRULE:{workdays};BYHOUR=9;BYMINUTE=0;BYSECOND=0"


def _read_weekday_of_month(item: _Item) -> str:
    if item.text == "L":
        raise item.error("L needs a weekday", hint="5L is the last Friday of the month")
    if item.text.endswith("L"):
        return f"{_read_value(item.part(0, -1))}L"
    weekday, nth = item.split("#")
    if nth is None:
        return ""
    if nth.text not in ("1", "2", "3", "4", "5"):
        raise nth.error(f"#{_shown(nth.text)} is not a week of the month", hint="use #1 to #5")
    return f"{_read_value(weekday)}#{nth.text}"


def _shown(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:20]}…"
