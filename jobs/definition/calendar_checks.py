"""Whether a calendar as written makes sense: every problem at once, each with the field it belongs
to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from jobs.definition.checking import QUEUE_ALLOWED, QUEUE_RULE, TAGS_MOST
from jobs.definition.storable import unfit_text
from jobs.errors import DomainError, InvalidFields
from jobs.models import Applies, Calendar
from jobs.params.limits import UNSEEN
from jobs.schedules.closures.compiled import compiled
from jobs.schedules.closures.spec import CalendarSpec

# How many lines each list may have, and how long one may be.
LISTS = {"weekdays": 7, "closed_days": 500, "open_days": 500, "windows": 100}
LONGEST_LINE = 200
LONGEST_URL = 500
PARTS: tuple[tuple[str, ...], ...] = (
    ("country", "subdivision"), ("weekdays",), ("closed_days",), ("open_days",), ("windows",),
    ("ics",),
)  # fmt: skip


class InvalidCalendar(InvalidFields):
    """A calendar that cannot be saved."""


def check_calendar(calendar: Calendar) -> None:
    """Raise InvalidCalendar if the calendar has any problem."""
    if problems := list(_problems(calendar)):
        raise InvalidCalendar(problems)


def _problems(calendar: Calendar) -> Iterator[DomainError]:
    if not QUEUE_ALLOWED.fullmatch(calendar.name):
        yield DomainError(QUEUE_RULE, field="name")
    yield from unfit_text("description", calendar.description, 500)
    wrong = [*_texts(calendar), *_lists(calendar)]
    yield from wrong or _unreadable_parts(calendar.spec())
    yield from _feed(calendar.feed_url)
    yield from _concerns(calendar)


def _texts(calendar: Calendar) -> Iterator[DomainError]:
    for field in ("country", "subdivision", "ics", "feed_url"):
        if not isinstance(getattr(calendar, field), str) or "\0" in getattr(calendar, field):
            yield DomainError("must be text", field=field)


def _lists(calendar: Calendar) -> Iterator[DomainError]:
    for field, most in LISTS.items():
        lines = getattr(calendar, field)
        if not isinstance(lines, list) or not all(_is_line(line) for line in lines):
            yield DomainError(
                f"must be a list of texts of up to {LONGEST_LINE} characters", field=field
            )
        elif len(lines) > most:
            yield DomainError(f"has more than {most} entries", field=field)


def _is_line(line: Any) -> bool:
    return isinstance(line, str) and 0 < len(line) <= LONGEST_LINE and not UNSEEN.search(line)


def _unreadable_parts(spec: CalendarSpec) -> Iterator[DomainError]:
    """Each part by itself, so that all that are wrong are told."""
    for fields in PARTS:
        part = {field: getattr(spec, field) for field in fields}
        try:
            compiled(dataclasses.replace(CalendarSpec(spec.name), **part))
        except DomainError as error:
            yield DomainError(error.message, field=error.field, hint=error.hint)


def _feed(address: str) -> Iterator[DomainError]:
    if not address:
        return
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        is_good = False
    if not is_good or len(address) > LONGEST_URL or not address.isprintable():
        yield DomainError(
            f"must be a web address of at most {LONGEST_URL} characters, without a password",
            field="feed_url",
        )


def _concerns(calendar: Calendar) -> Iterator[DomainError]:
    if calendar.applies_to not in Applies.values:
        yield DomainError(f"must be one of {', '.join(Applies.values)}", field="applies_to")
        return
    tags = calendar.tags
    if not isinstance(tags, list) or not all(_is_tag(tag) for tag in tags) or len(tags) > TAGS_MOST:
        yield DomainError(
            f"must be a list of at most {TAGS_MOST} words of up to 50 characters", field="tags"
        )
    elif bool(tags) != (calendar.applies_to == Applies.TAGGED):
        said = "needs at least one tag" if not tags else "are only for applies_to: tagged"
        yield DomainError(said, field="tags")


def _is_tag(tag: Any) -> bool:
    return isinstance(tag, str) and 0 < len(tag) <= 50 and not UNSEEN.search(tag)
