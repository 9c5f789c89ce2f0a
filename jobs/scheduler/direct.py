"""Which of the due states become direct runs, a whole batch at a time. The others are planned one
by one.

Most jobs of a burst share a rule and a moment: what is due next is computed once for all of them.
Ids and moments stay the texts that the database writes: making objects of them would cost more than
all the rest.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from jobs import conf, events
from jobs.database.rows import rows_given
from jobs.dispatch.brokers.gate import BrokerUnavailable
from jobs.dispatch.direct_runs import DirectRoom, free_jobs, write_direct_runs
from jobs.dispatch.messages.outgoing import Limits, Outgoing
from jobs.dispatch.messages.sending import send_marked
from jobs.errors import DomainError
from jobs.models import CalendarSet, JobState, Run, Trigger
from jobs.models.ids import new_id
from jobs.models.job_state import rule_key_of
from jobs.moments import read_moment
from jobs.schedules import Schedule, parse

_moment = lru_cache(maxsize=4096)(read_moment)
_limits = lru_cache(maxsize=1024)(Limits._make)


class StateRow(NamedTuple):
    """A JobState, locked."""

    job_id: str
    rule_key: str
    anchor: str
    next_run_at: str
    last_scheduled_for: str | None


class DirectJob(NamedTuple):
    """What is read of a job whose runs may be direct; its limits follow."""

    id: str
    schedule: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    day_rule: str
    queue: str
    priority: int
    task: str
    name: str


TEXTS = {
    f"{name}_text": Cast(name, TextField())
    for name in ("job_id", "anchor", "next_run_at", "last_scheduled_for")
}
SCHEDULED = str(Trigger.SCHEDULE)
WIDTH = len(DirectJob._fields)


class Direct:
    """The direct runs of one turn. After a failed send there are no more of them: ``is_open`` says
    so.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.is_open = True
        self.calendars = CalendarSet()
        self._room = DirectRoom(now)
        self._upcoming: dict[tuple[str, str, str], datetime | None] = {}
        self._open: dict[tuple[str, str], bool] = {}

    def plan(self, due: QuerySet[JobState]) -> tuple[list[Outgoing], list[JobState], int]:
        """Lock the first batch of due states, write the runs of those that can be direct, and
        advance these.

        Returns what to send once the transaction is committed, the other states, and how many are
        advanced.
        """
        states = _locked(due)
        runs: dict[str, Outgoing] = {}
        upcoming: list[datetime | None] = []
        jobs = self._jobs(states)
        for state in states:
            job, limits = jobs.get(state.job_id, (None, None))
            if job and limits and self._is_due_once(state, job) and self._room.takes(job.queue):
                upcoming.append(self._upcoming[_occasion(state, job)])
                runs[state.job_id] = _run(job, limits, _moment(state.next_run_at))
        written = write_direct_runs(runs) if runs else []
        if runs:
            _advance(runs, upcoming)
        rest = [uuid.UUID(state.job_id) for state in states if state.job_id not in runs]
        others = JobState.objects.filter(pk__in=rest).order_by("next_run_at") if rest else ()
        return written, list(others), len(runs)

    def send(self, batch: Sequence[Outgoing], began_ns: int) -> None:
        """Send what ``plan`` has written; where the broker takes nothing, it waits for it as any
        other run does.
        """
        if events.runs_planned.receivers:
            events.runs_planned.send_robust(Run, runs=batch, began_ns=began_ns)
        try:
            send_marked(batch)
        except BrokerUnavailable:
            # The marks are taken back, and the loop finds the broker away when it publishes.
            self.is_open = False

    def _jobs(self, states: Sequence[StateRow]) -> Mapping[str, tuple[DirectJob, Limits]]:
        """The jobs of those states that are on time, as far as nothing holds their runs back."""
        late = self.now - timedelta(seconds=conf.get().on_time_seconds)
        on_time = [
            state.job_id
            for state in states
            if _is_next(state) and _moment(state.next_run_at) > late
        ]
        if not on_time:
            return {}
        names = ("id_text", *DirectJob._fields[1:], *Limits._fields)
        rows = free_jobs(on_time).annotate(id_text=Cast("id", TextField())).values_list(*names)
        jobs = {row[0]: (DirectJob._make(row[:WIDTH]), _limits(row[WIDTH:])) for row in rows}
        self._room.look({job.queue for job, _ in jobs.values()})
        return jobs

    def _is_due_once(self, state: StateRow, job: DirectJob) -> bool:
        """Whether the state fits the job's rule, and nothing else of the job is due yet."""
        key = rule_key_of(
            job.schedule,
            job.timezone,
            job.starts_at,
            job.ends_at,
            day_rule=job.day_rule,
            one_off=False,
            is_planned=True,
        )
        if state.rule_key != key or not self._is_open_for_all(state.next_run_at, job.timezone):
            return False
        occasion = _occasion(state, job)
        if occasion not in self._upcoming:
            try:
                plan = Schedule(
                    parse(job.schedule, job.timezone, job.day_rule),
                    _moment(state.anchor),
                    job.starts_at,
                    job.ends_at,
                )
                self._upcoming[occasion] = plan.next_after(_moment(state.next_run_at))
            except Exception:  # noqa: BLE001  # planned by itself, it is parked with what is wrong
                return False
        upcoming = self._upcoming[occasion]
        return upcoming is None or upcoming > self.now

    def _is_open_for_all(self, moment: str, timezone: str) -> bool:
        """Whether no calendar that applies without being named closes this moment, whatever its
        tags: else the job is planned by itself.
        """
        if not self.calendars.unasked:
            return True
        if (moment, timezone) not in self._open:
            try:
                closures = self.calendars.closures(self.calendars.unasked, timezone)
                self._open[moment, timezone] = closures.at(_moment(moment)) is None
            except DomainError:  # planned by itself, the job says what is wrong
                self._open[moment, timezone] = False
        return self._open[moment, timezone]


def _is_next(state: StateRow) -> bool:
    """Whether what is due comes after what is accounted for; after a clock's step back it may
    not.
    """
    last = state.last_scheduled_for
    return last is None or _moment(last) < _moment(state.next_run_at)


def _occasion(state: StateRow, job: DirectJob) -> tuple[str, str, str]:
    """What decides the next moment of a job; cron and one-off times are counted from nowhere."""
    is_anchored = job.schedule.lstrip()[:1] in {"@", "R", "r"}
    return state.rule_key, state.next_run_at, state.anchor if is_anchored else ""


def _run(job: DirectJob, limits: Limits, due: datetime) -> Outgoing:
    return Outgoing(
        new_id(), 1, due, 0, 0, SCHEDULED, job.queue, job.priority, job.task,
        exclusive=False, job_name=job.name, limits=limits,
    )  # fmt: skip


def _advance(runs: Mapping[str, Outgoing], upcoming: Sequence[datetime | None]) -> None:
    given, params = rows_given({
        "job_id": ("uuid", list(runs)),
        "upcoming": ("moment", upcoming),
        "last": ("moment", [run.scheduled_for for run in runs.values()]),
    })  # fmt: skip
    table = JobState._meta.db_table
    sql = (
        f'UPDATE "{table}"'  # noqa: S608 - our names
        " SET next_run_at = given.upcoming, last_scheduled_for = given.last"
        f' FROM {given} WHERE "{table}".job_id = given.job_id'
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _locked(due: QuerySet[JobState]) -> list[StateRow]:
    """The first batch of due states that nobody else holds."""
    free = due.select_for_update(skip_locked=True, no_key=True)[: conf.get().plan_batch]
    names = (
        "job_id_text",
        "rule_key",
        "anchor_text",
        "next_run_at_text",
        "last_scheduled_for_text",
    )
    return [StateRow._make(row) for row in free.annotate(**TEXTS).values_list(*names)]
