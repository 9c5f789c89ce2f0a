"""From a schedule text to its rule: the one door, whatever the kind."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from jobs.errors import ScheduleError
from jobs.schedules.cron.rule import EITHER_DAY, read_cron
from jobs.schedules.interval import read_interval
from jobs.schedules.manual import ManualRule
from jobs.schedules.oncalendar import cron_of
from jobs.schedules.once import LOOKS_LIKE_A_DATE, read_once
from jobs.schedules.rrule.rule import read_rrule
from jobs.schedules.rule import Rule
from jobs.schedules.zones import zone_named

MAX_LENGTH = 500
HORIZON = timedelta(days=5 * 366)

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
# What some crons know besides, and the form that means the same.
_ELSEWHERE = {
    "@every_minute": "write * * * * *",
    "@every_second": "write * * * * * *, with the seconds first",
    "@minutely": "write * * * * *",
    "@weekdays": "write 0 0 * * MON-FRI",
    "@quarterly": "write 0 0 1 */3 *",
}
_WORDS = [*MACROS, "@every", "@manual"]
_WORD = re.compile(r"\s*(?P<word>@\S*)\s*(?P<rest>.*?)\s*")
_ODD_CHARACTER = re.compile(r"[^\t -~]")
_HINT = (
    "write a cron expression such as 30 2 * * *, @every 1h30m, a date-time, RRULE:FREQ=…, "
    "or @manual"
)


@lru_cache(maxsize=8192)
def parse(text: str, timezone: str = "UTC", day_rule: str = EITHER_DAY) -> Rule:
    """The rule a schedule text stands for, its wall times read in the zone.

    ``day_rule``: whether a day must match either or both of two restricted day fields of a cron
    text. Raises ScheduleError, with the position in ``text``; an unknown zone is one on the field
    ``timezone``.
    """
    zone = zone_named(timezone)
    return _reader(_checked(text), day_rule)(text, timezone, zone)


def check_new(
    text: str,
    timezone: str,
    now: datetime,
    anchor: datetime | None = None,
    day_rule: str = EITHER_DAY,
) -> Rule:
    """``parse``, and what is wrong only in a new schedule: a one-off in the past, nothing within
    five years.

    ``anchor`` is the job's starts_at, where it has one; a rule with an end may depend on it.
    """
    rule = parse(text, timezone, day_rule)
    if rule.kind == "manual":
        return rule
    following = rule.next_after(now, anchor or now)
    if following is None and rule.kind == "once":
        raise ScheduleError(
            f"{text.strip()} is in the past",
            hint="give a later date-time, or use @manual and start it manually",
        )
    if following is None or following > max(now, anchor or now) + HORIZON:
        raise ScheduleError("never fires within 5 years")
    return rule


def _checked(text: str) -> str:
    """The text itself, once it is short, printable ASCII and not empty."""
    if len(text) > MAX_LENGTH:
        raise ScheduleError(f"longer than {MAX_LENGTH} characters", position=MAX_LENGTH)
    odd = _ODD_CHARACTER.search(text)
    if odd:
        shown = odd.group() if odd.group().isprintable() else f"U+{ord(odd.group()):04X}"
        raise ScheduleError(
            f"character {shown} is not allowed", position=odd.start(), hint="use plain ASCII"
        )
    if not text.strip():
        raise ScheduleError("empty", position=0, hint=_HINT)
    return text


_Reader = Callable[[str, str, ZoneInfo], Rule]


def _reader(text: str, day_rule: str) -> _Reader:
    start = text.lstrip()
    if start.startswith("@"):
        return _read_word
    if start[:6].upper() == "RRULE:":
        return read_rrule
    if LOOKS_LIKE_A_DATE.match(start):
        return read_once
    if "=" in start.split()[0]:
        hint = "set the time zone in its own field; recurrence rules start with RRULE:"
        raise ScheduleError("a schedule cannot start with a setting", position=0, hint=hint)
    _refuse_other_forms(start)
    return lambda text, timezone, zone: read_cron(text, timezone, zone, text, day_rule)


def _refuse_other_forms(start: str) -> None:
    """Name what systemd and ISO 8601 write, with a form that means the same."""
    if cron := cron_of(start):
        raise ScheduleError(
            f"{start.strip()[:40]} is systemd's OnCalendar", position=0, hint=f"write {cron}"
        )
    if start[:2] in ("R/", "r/"):
        hint = "write RRULE:FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0, or @every 1d with starts_at"
        raise ScheduleError("ISO 8601 intervals are not supported", position=0, hint=hint)


def _read_word(text: str, timezone: str, zone: ZoneInfo) -> Rule:
    """A text that begins with @."""
    match = _WORD.fullmatch(text)
    assert match is not None
    word, rest = match["word"].lower(), match["rest"]
    if word not in _WORDS:
        raise ScheduleError(
            f"{word[:20]} is unknown", position=match.start("word"), hint=_word_hint(word)
        )
    if word == "@every":
        return read_interval(text, timezone, rest.lower(), match.start("rest"))
    if rest:
        raise ScheduleError(f"nothing may follow {word}", position=match.start("rest"))
    return (
        ManualRule(text, timezone)
        if word == "@manual"
        else read_cron(text, timezone, zone, MACROS[word])
    )


def _word_hint(word: str) -> str:
    if word == "@reboot":
        return "jobs do not run at boot; use @manual or a time"
    if word in _ELSEWHERE:
        return _ELSEWHERE[word]
    near = difflib.get_close_matches(word, _WORDS, n=1)
    return f"did you mean {near[0]}?" if near else f"use {', '.join(_WORDS)}"
