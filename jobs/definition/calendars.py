"""Whether what a job says of calendars makes sense: it names calendars that there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from jobs.definition.fitting import some
from jobs.errors import DomainError
from jobs.models import Calendar, Job

CALENDARED = frozenset({"calendars"})
MOST_NAMED = 20


def known_calendars() -> Collection[str]:
    """One query: the name of every calendar; there are at most 200."""
    return frozenset(Calendar.objects.values_list("name", flat=True))


def wrong_names(names: Any) -> Iterator[DomainError]:
    """What is wrong with such a list of names, whatever calendars there are."""
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        yield DomainError("must be a list of names of calendars", field="calendars")
    elif len(names) > MOST_NAMED or len(set(names)) < len(names):
        yield DomainError(f"must be at most {MOST_NAMED} names, each once", field="calendars")


def unfit_calendars(job: Job, known: Callable[[], Collection[str]]) -> Iterator[DomainError]:
    """Which of the calendars that a job names there is not; ``known`` is asked only where it names
    one.
    """
    there = known() if job.calendars else ()
    if missing := next((name for name in job.calendars if name not in there), None):
        hint = f"calendars: {some(sorted(there))}" if there else "there are no calendars yet"
        yield DomainError(f"there is no calendar {missing[:80]!r}", field="calendars", hint=hint)
