"""What declared jobs will do, asked of the engine that does it: ``beatwright.testing`` hands it
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone as clock

from jobs import schedules
from jobs.declaring.discovery import discover
from jobs.declaring.documents import documents_of
from jobs.declaring.examining import problems_of_declarations
from jobs.errors import did_you_mean
from jobs.importers.files.drafts import Draft
from jobs.importers.files.reading import read_documents
from jobs.models import Job
from jobs.moments import read_moment
from jobs.params.registry import task_if_known
from jobs.redaction.references import names_in
from jobs.scheduler.misfire import misfire_of
from jobs.schedules.zones import Shift, shifts_between

MOST = 10_000
Moment = str | datetime


class WrongDeclarations(AssertionError):
    """What ``manage.py check`` would say."""


class ClockChange(NamedTuple):
    """What a change of the zone's clocks does to a job on that day.

    ``twice``: a time that comes twice runs twice. ``moved``: a time that is skipped runs at the end
    of the gap. ``never``: it does not run at all.
    """

    day: date
    what: Literal["twice", "moved", "never"]


@dataclass(frozen=True)
class Outage:
    """``runs``: what is started after it, by the misfire policy; ``skipped``: how many are not."""

    runs: list[datetime]
    skipped: int


class DeclaredJobs:
    """The jobs by their names, at one moment: now, until ``travel`` says another one."""

    def __init__(self) -> None:
        problems = [problem for found in problems_of_declarations(clock.now()) for problem in found]
        if problems:
            raise WrongDeclarations("\n".join(map(str, problems)))
        self.now = clock.now()
        drafts = read_documents(documents_of(discover())).drafts
        self._drafts = {draft.name: draft for draft in drafts}

    def travel(self, moment: Moment, timezone: str = "UTC") -> None:
        """Go to this moment: a text without an offset is of ``timezone``.

        Intervals count from here, unless their job has a ``starts_at``.
        """
        self.now = moment_of(moment, timezone)

    def __iter__(self) -> Iterator[str]:
        return iter(self._drafts)

    def __getitem__(self, name: str) -> DeclaredJob:
        if name not in self._drafts:
            hint = did_you_mean(name, self._drafts) or f"declared: {', '.join(self._drafts)}"
            raise KeyError(f"no job {name!r} is declared for this environment: {hint}")
        return DeclaredJob(self._drafts[name], self.now)

    def due(self, within: timedelta) -> list[tuple[str, datetime]]:
        """Which jobs are due from now on, and when, in order."""
        found = [
            (moment, name)
            for name in self
            for moment in self[name].due_between(self.now, self.now + within)
        ]
        return [(name, moment) for moment, name in sorted(found)]


class DeclaredJob:
    """One job as it would be stored. All moments are in its zone."""

    def __init__(self, draft: Draft, now: datetime) -> None:
        self.job = Job(created_at=now, **draft.values)
        self.zone = ZoneInfo(self.job.timezone)
        self._now = now
        anchor = (self.job.starts_at or now).replace(microsecond=0)
        window = (self.job.starts_at, self.job.ends_at, self.job.one_off)
        self._schedule = schedules.Schedule(self.job.rule(), anchor, *window)

    def next_runs(self, count: int) -> list[datetime]:
        """The first ``count`` moments from now on at which it is due; fewer where it ends."""
        return self._local(
            self._schedule.between(self._now, datetime.max.replace(tzinfo=UTC), count)
        )

    def due_between(self, start: Moment, end: Moment) -> list[datetime]:
        """When it is due after ``start`` and up to ``end``; texts are of the job's zone.

        Raises ValueError for more than 10,000 moments.
        """
        after, until = (moment_of(each, self.job.timezone) for each in (start, end))
        found = self._schedule.between(after, until, MOST + 1)
        if len(found) > MOST:
            raise ValueError(f"{self.job.name} is due more than {MOST:,} times: ask for less")
        return self._local(found)

    def after_outage(self, start: Moment, end: Moment) -> Outage:
        """What a scheduler does that was away from ``start`` to ``end``."""
        missed = self.due_between(start, end)
        if not missed:
            return Outage([], 0)
        now = moment_of(end, self.job.timezone)
        runs = list(misfire_of(self.job).judge(missed, now=now).run)
        return Outage(self._local(runs), len(missed) - len(runs))

    def clock_changes(self, year: int) -> list[ClockChange]:
        """The days of the year on which the clocks of its zone change, and with them its runs."""
        start, end = (datetime(each, 1, 1, tzinfo=self.zone) for each in (year, year + 1))
        return [
            ClockChange(shift.at.astimezone(self.zone).date(), what)
            for shift in shifts_between(self.zone, start.astimezone(UTC), end.astimezone(UTC))
            if (what := self._in_gap(shift) if shift.is_gap else self._in_overlap(shift))
        ]

    def run(self, **params: Any) -> Any:
        """Run the body here, with the job's params, and return what it returns; raises what it
        raises.

        ``params`` replace some of the job's. The secrets that they name must be among these.
        """
        given = {**self.job.params, **params}
        if secrets := names_in(given):
            raise ValueError(f"the params name secrets; give their values: {', '.join(secrets)}")
        return task_if_known(self.job.task).apply(kwargs=given, throw=True).result

    def _calm(self) -> schedules.Schedule:
        """The same schedule on clocks that never change, its wall times written as UTC."""
        own = self._schedule
        rule = schedules.parse(self.job.schedule, "UTC", self.job.day_rule)
        starts, ends = (moment and self._wall(moment) for moment in (own.starts_at, own.ends_at))
        return schedules.Schedule(rule, self._wall(own.anchor), starts, ends, own.one_off)

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=UTC, fold=0)

    def _in_overlap(self, shift: Shift) -> Literal["twice", ""]:
        """Whether a time of the span that comes twice is an occurrence in both passes."""
        span = shift.before - shift.after
        moments = self.due_between(shift.at - span - SECOND, shift.at + span - SECOND)
        walls = sorted(map(self._wall, moments))
        return "twice" if any(one == other for one, other in pairwise(walls)) else ""

    def _in_gap(self, shift: Shift) -> Literal["moved", "never", ""]:
        """What becomes of the times that the clock skips: the rule names them where clocks never
        change.
        """
        if self.job.rule().kind == "interval":
            return ""
        calm = self._calm()
        walls = [wall.replace(tzinfo=UTC) for wall in (shift.wall_before, shift.wall_after)]
        if not calm.between(walls[0] - SECOND, walls[1] - SECOND, 1):
            return ""
        at_end = self.due_between(shift.at - SECOND, shift.at)
        has_own = calm.between(walls[1] - SECOND, walls[1], 1)
        return "moved" if at_end and not has_own else "never"

    def _local(self, moments: list[datetime]) -> list[datetime]:
        return [moment.astimezone(self.zone) for moment in moments]


SECOND = timedelta(seconds=1)


def moment_of(moment: Moment, timezone: str) -> datetime:
    """A moment in UTC; a text or a date-time without an offset is of the zone."""
    zone = ZoneInfo(timezone)
    if isinstance(moment, str):
        return read_moment(moment, zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
