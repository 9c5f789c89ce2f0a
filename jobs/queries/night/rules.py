"""The distinct time rules of many jobs: each is worked out once, however many jobs share it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.fields import DateTimeField

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.errors import ScheduleError
from jobs.models import CalendarPolicy, CalendarSet, Job, JobState
from jobs.queries.jobs.filter import JobFilter, matching
from jobs.schedules import parse
from jobs.schedules.interval import IntervalRule

MOST_RULES = 30_000
MOST_OF_ONE = 70_000  # a week of a rule that fires every ten seconds
MOST_MOMENTS = 300_000  # of all rules together, at one look
TICK = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = ("schedule", "timezone", "day_rule", "one_off", "starts_at", "ends_at", "calendars",
           "calendar_policy", "tags")  # fmt: skip
COUNTED = Q(schedule__icontains="@every") | Q(schedule__icontains="rrule") | Q(one_off=True)


@dataclass(frozen=True)
class TimeRule:
    """All that decides when a job is due; ``anchor`` is None where nothing is counted from it, and
    the tags are left out where they make no calendar apply.
    """

    schedule: str
    timezone: str
    day_rule: str
    one_off: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    calendars: tuple[str, ...] = ()
    calendar_policy: str = CalendarPolicy.SKIP
    tags: tuple[str, ...] = ()
    anchor: datetime | None = None

    def canonical(self) -> TimeRule:
        """An interval without a window, anchored at its phase: to the minute where its period is
        whole minutes, so that intervals that began at different times are few rules.
        """
        rule = parse(self.schedule, self.timezone, self.day_rule)
        if not isinstance(rule, IntervalRule) or self.anchor is None or self.has_window:
            return self
        phase = (self.anchor - EPOCH) % rule.period
        if not rule.period % timedelta(minutes=1):
            phase -= phase % timedelta(minutes=1)
        return replace(self, anchor=EPOCH + phase)

    @property
    def has_window(self) -> bool:
        return self.one_off or self.starts_at is not None or self.ends_at is not None


@dataclass(frozen=True)
class Concerned:
    """The calendars of a look, the same as long as ``key`` is; without any it is empty."""

    key: str
    calendars: CalendarSet = field(compare=False)


@dataclass(frozen=True)
class SharedRule:
    """A rule, with how many jobs have it and this jitter."""

    rule: TimeRule
    jitter_seconds: int
    jobs: int


class Expansion:
    """The moments of rules from the minute of ``start`` on and before ``end``, until there was
    enough of it: then ``is_whole`` is false.
    """

    def __init__(self, start: datetime, end: datetime, calendars: CalendarSet) -> None:
        # Whole minutes: moments are whole seconds after it, and what is remembered serves longer.
        self.start, self.end = start.replace(second=0, microsecond=0), end
        self.calendars = calendars
        self.left = MOST_MOMENTS
        self.is_whole = True

    def seconds_of(self, rule: TimeRule) -> array[int]:
        """When the rule is due, in seconds after ``start``, ascending; empty for a broken one."""
        if self.left <= 0:
            self.is_whole = False
            return array("i")
        try:
            found = _worked_out(rule, self.start, self.end, self._concerned(rule))
        except ScheduleError:
            return array("i")
        self.left -= len(found)
        self.is_whole = self.is_whole and len(found) <= MOST_OF_ONE
        return found

    def _concerned(self, rule: TimeRule) -> Concerned:
        is_concerned = rule.calendars or self.calendars.applying(rule.tags)
        return Concerned(self.calendars.all_keys() if is_concerned else "", self.calendars)


@lru_cache(maxsize=16_384)
def _worked_out(rule: TimeRule, start: datetime, end: datetime, concerned: Concerned) -> array[int]:
    named = {name: getattr(rule, name) for name in COLUMNS}
    job = Job(**named | {"calendars": list(rule.calendars), "tags": list(rule.tags)})
    state = JobState(anchor=rule.anchor or rule.starts_at or start)
    moments = moments_run(
        job, state, concerned.calendars, start - TICK, end - TICK, MOST_OF_ONE + 1
    )
    return array("i", [int((moment - start).total_seconds()) for moment in moments])


def moments_run(
    job: Job,
    state: JobState,
    calendars: CalendarSet,
    after: datetime,
    until: datetime,
    most: int,
) -> list[datetime]:
    """Of the first ``most`` occurrences of the job after one moment and up to another, those that
    its calendars do not skip; raises ScheduleError.
    """
    moments = state.plan(job, calendars).between(after, until, most)
    closures = calendars.skipping(job) if moments else None
    return [moment for moment in moments if closures is None or closures.at(moment) is None]


def planned_jobs(wanted: JobFilter, *, actor: Actor) -> QuerySet[Job]:
    """The jobs that match and whose occurrences are planned, each with where it counts from."""
    jobs = matching(visible_jobs(actor), wanted).filter(enabled=True, archived_at=None)
    nothing = Value(None, output_field=DateTimeField())
    anchor = Case(When(COUNTED, then=F("state__anchor")), default=nothing)
    return jobs.filter(state__schedule_error="").annotate(counted_from=anchor)


def shared_rules(jobs: QuerySet[Job], calendars: CalendarSet) -> tuple[list[SharedRule], bool]:
    """One query, and one of calendars: the distinct rules of these jobs, those of most jobs first;
    and whether these are all of them.
    """
    columns = COLUMNS if calendars.unasked else COLUMNS[:-1]
    rows = jobs.order_by().values_list("jitter_seconds", "counted_from", *columns)
    rows = rows.annotate(jobs=Count("pk"))
    found = list(rows.order_by("-jobs", "schedule", "timezone")[: MOST_RULES + 1])
    sums: dict[tuple[TimeRule, int], int] = {}
    for jitter, anchor, *values, count in found[:MOST_RULES]:
        rule = _canonical(_time_rule(dict(zip(columns, values, strict=True)), anchor))
        if rule is not None:
            sums[rule, jitter] = sums.get((rule, jitter), 0) + count
    shared = [SharedRule(rule, jitter, count) for (rule, jitter), count in sums.items()]
    return shared, len(found) <= MOST_RULES


def rule_of(job: Job, calendars: CalendarSet) -> TimeRule:
    """The rule of one of ``planned_jobs``."""
    columns = COLUMNS if calendars.unasked else COLUMNS[:-1]
    anchor: datetime | None = getattr(job, "counted_from")  # noqa: B009  # annotated
    return _time_rule({name: getattr(job, name) for name in columns}, anchor)


def _time_rule(values: dict[str, Any], anchor: datetime | None) -> TimeRule:
    lists: dict[str, Any] = {
        name: tuple(values[name]) for name in ("calendars", "tags") if name in values
    }
    return TimeRule(**(values | lists), anchor=anchor)


def _canonical(rule: TimeRule) -> TimeRule | None:
    """None of a rule that cannot be read."""
    try:
        return rule.canonical()
    except ScheduleError:
        return None


def usual_zone(wanted: JobFilter, *, actor: Actor) -> str:
    """One query: the zone in which most of these jobs are scheduled; UTC where there are none."""
    zones = planned_jobs(wanted, actor=actor).order_by().values_list("timezone")
    found = zones.annotate(jobs=Count("pk")).order_by("-jobs", "timezone").first()
    return found[0] if found else "UTC"
