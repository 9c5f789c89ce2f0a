"""The calendars as they are at one look, for as many jobs as are asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from jobs.errors import DomainError, ScheduleError
from jobs.models.calendars.calendar import Applies, Calendar, digest_of
from jobs.schedules.closures.closures import Closures
from jobs.schedules.closures.compiled import CompiledCalendar, compiled
from jobs.schedules.closures.spec import CalendarSpec
from jobs.schedules.zones import zone_named

if TYPE_CHECKING:
    from jobs.models.job import Job

MOST_REMEMBERED = 500
# Read calendars, by name and digest: a process reads the text of each once, until it changes.
_read: dict[tuple[str, str], CompiledCalendar] = {}


class Listed(NamedTuple):
    """What is read of every calendar at each look."""

    digest: str
    applies_to: str
    tags: list[str]


class CalendarSet:
    """One small query when it is first needed, and one for each calendar that is new to this
    process.

    ``instead``: calendars to take as they are here, stored or not, as a change is shown before it
    is saved; None for one that would be gone.
    """

    def __init__(self, instead: Mapping[str, Calendar | None] | None = None) -> None:
        self._instead = dict(instead or {})

    def closures(self, names: Iterable[str], timezone: str) -> Closures:
        """These calendars in a zone; raises ScheduleError on ``calendars`` for one that there is
        not, or that cannot be read.
        """
        return Closures(tuple(self._compiled(name) for name in names), zone_named(timezone))

    def skipping(self, job: Job) -> Closures | None:
        """The calendars that skip the job's occurrences: those that it names, unless it moves what
        they close, and those that apply to it; None where there are none.
        """
        names = [] if job.shifts else list(job.calendars)
        names += [name for name in self.applying(job.tags) if name not in names]
        return self.closures(names, job.timezone) if names else None

    def applying(self, tags: Collection[str]) -> list[str]:
        """The calendars that apply to a job with these tags without being named."""
        return [name for name, each in self.unasked.items() if _applies(each, tags)]

    def has(self, name: str) -> bool:
        """Whether there is a calendar of this name."""
        return name in self._listed

    @cached_property
    def unasked(self) -> dict[str, Listed]:
        """The calendars that apply to jobs that do not name them."""
        return {n: each for n, each in self._listed.items() if each.applies_to != Applies.NAMED}

    def key(self, names: Iterable[str]) -> str:
        """What these calendars close, in one short text: it differs when that does."""
        digests = (
            (name, self._listed[name].digest if name in self._listed else "-") for name in names
        )
        return " ".join(f"{name}={digest}" for name, digest in digests)

    def all_keys(self) -> str:
        """``key`` of every calendar."""
        return self.key(self._listed)

    @cached_property
    def _listed(self) -> dict[str, Listed]:
        rows = Calendar.objects.order_by("name").values_list("name", "digest", "applies_to", "tags")
        found = {name: Listed(*row) for name, *row in rows}
        for name, each in self._instead.items():
            if each is None:
                found.pop(name, None)
            else:
                found[name] = Listed(digest_of(each.spec()), each.applies_to, each.tags)
        return found

    def _compiled(self, name: str) -> CompiledCalendar:
        if name not in self._listed:
            raise ScheduleError(f"there is no calendar {name[:100]!r}", field="calendars")
        known = name, self._listed[name].digest
        if known not in _read:
            if len(_read) >= MOST_REMEMBERED:
                _read.clear()
            _read[known] = _readable(self._spec(name))
        return _read[known]

    def _spec(self, name: str) -> CalendarSpec:
        given = self._instead.get(name)
        return (given or Calendar.objects.get(pk=name)).spec()


def _readable(spec: CalendarSpec) -> CompiledCalendar:
    try:
        return compiled(spec)
    except DomainError as error:
        raise ScheduleError(
            f"the calendar {spec.name!r} cannot be read: {error.field}: {error}", field="calendars"
        ) from error


def _applies(each: Listed, tags: Collection[str]) -> bool:
    return each.applies_to == Applies.ALL or not set(each.tags).isdisjoint(tags)
