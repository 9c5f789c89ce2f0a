"""The bars of a timeline: what ran, runs, was skipped, and what is expected to run, within a
span.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.models import RunState
from jobs.models.ids import first_id_at
from jobs.queries.jobs.filter import JobFilter, matching
from jobs.queries.night.forecast import starting_between
from jobs.queries.night.spread import usual_seconds
from jobs.queries.paging import CAP, capped_ids, is_capped

MOST_RUNS = 5_000
MOST_EXPECTED = 1_000
LONGEST_RUN = timedelta(days=1)  # one that ended longer after the span is not looked for
EXPECTED = "expected"
FIELDS = (
    "pk", "job_id", "job__name", "queue", "worker", "state", "attempt", "scheduled_for",
    "started_at", "finished_at",
)  # fmt: skip


@dataclass(frozen=True)
class TimelineBar:
    """A run, or an occurrence that is expected; ``run`` is None of the latter.

    What did not start begins when it was due; ``ends`` is now for what is not over.
    """

    job: uuid.UUID
    name: str
    queue: str
    worker: str
    state: str
    begins: datetime
    ends: datetime
    run: uuid.UUID | None = None

    @property
    def ran(self) -> bool:
        """Whether a process was, or is expected to be, busy with it."""
        return self.state not in (RunState.SKIPPED, RunState.QUEUED, RunState.BLOCKED)


@dataclass
class TimelineBars:
    """Unless it ``is_whole`` the span holds more: the newest runs and the next occurrences are
    here.
    """

    bars: list[TimelineBar] = field(default_factory=list)
    is_whole: bool = True


def timeline_bars(
    wanted: JobFilter, start: datetime, end: datetime, *, actor: Actor, now: datetime
) -> TimelineBars:
    """Five queries at the most: the bars that touch [start, end)."""
    found = TimelineBars()
    if start < now:
        _add_runs(found, wanted, start, end, actor, now)
    if end > now:
        starting = starting_between(wanted, max(start, now), end, actor=actor, most=MOST_EXPECTED)
        found.is_whole = found.is_whole and starting.is_whole
        for each in starting.jobs:
            job, takes = each.job, timedelta(seconds=usual_seconds(each.job))
            found.bars += [
                TimelineBar(job.pk, job.name, job.queue, "", EXPECTED, at, at + takes)
                for at in each.moments
            ]
    return found


def _add_runs(
    found: TimelineBars,
    wanted: JobFilter,
    start: datetime,
    end: datetime,
    actor: Actor,
    now: datetime,
) -> None:
    runs = _of_jobs(wanted, actor)
    ended = runs.filter(
        finished_at__gte=start, finished_at__lt=end + LONGEST_RUN, pk__lt=first_id_at(end)
    )
    rows = list(ended.order_by("-finished_at").values_list(*FIELDS)[: MOST_RUNS + 1])
    found.is_whole = len(rows) <= MOST_RUNS
    if end > now - LONGEST_RUN:
        open_states = [RunState.RUNNING, RunState.QUEUED, RunState.BLOCKED]
        active = runs.filter(state__in=open_states).newest_first()
        rows += active.values_list(*FIELDS)[:CAP]
    bars = (_bar(dict(zip(FIELDS, row, strict=True)), now) for row in rows)
    found.bars += [bar for bar in bars if bar.begins < end and bar.ends >= start]


def _of_jobs(wanted: JobFilter, actor: Actor) -> Any:
    """One query where there is a filter; of few jobs their ids, so that their own index serves."""
    runs = visible_runs(actor)
    if wanted == JobFilter():
        return runs
    jobs = matching(visible_jobs(actor), wanted)
    ids = capped_ids(jobs)
    return runs.filter(job__in=jobs if is_capped(len(ids)) else ids)


def _bar(row: dict[str, Any], now: datetime) -> TimelineBar:
    state = row["state"]
    begins = row["started_at"] if state not in _NOT_STARTED else row["scheduled_for"]
    ends = row["finished_at"] or now
    begins = begins or row["scheduled_for"]
    return TimelineBar(
        row["job_id"],
        row["job__name"],
        row["queue"],
        row["worker"],
        state,
        begins,
        begins if state == RunState.SKIPPED else max(begins, ends),
        row["pk"],
    )


_NOT_STARTED = frozenset({RunState.SKIPPED, RunState.QUEUED, RunState.BLOCKED})
