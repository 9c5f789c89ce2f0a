"""One job as one row of django-celery-beat, where stock ``celery beat`` would start it at the same
moments.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jobs import schedules
from jobs.actions.adoption import EXPORTED, KEPT_HEADERS
from jobs.definition.field import Field, Place
from jobs.definition.fields import fields_in
from jobs.errors import DomainError
from jobs.importers.export.beat_cron import crontab_fields
from jobs.models import Job
from jobs.schedules.cron.rule import CronRule
from jobs.schedules.interval import IntervalRule
from jobs.schedules.notes import has_shifts
from jobs.schedules.once import OnceRule

# What the row says, or what it is made from.
KEPT = frozenset(
    {
        "name", "task", "params", "queue", "priority", "description", "schedule", "timezone",
        "day_rule",
        "one_off", "start_deadline_seconds", "starts_at", "ends_at",
    }
)  # fmt: skip
UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
SLACK = timedelta(seconds=30)


class NotExpressible(DomainError):
    """Stock celery beat cannot start this job when we would."""


@dataclass(slots=True)
class BeatRow:
    """``schedule``: which of the row's schedule columns, and that schedule's own fields.

    ``fields``: the others.
    """

    schedule: str
    spec: dict[str, Any]
    fields: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def row_of(job: Job, plan: schedules.Schedule, *, priority: int, now: datetime) -> BeatRow:
    """The row for a job whose schedule is ``plan``; ``priority`` is the broker's.

    Raises NotExpressible.
    """
    following = plan.next_after(now)
    _refuse_what_never_starts(job, plan, following)
    row = _scheduled(plan, following or now, now)
    row.fields |= {
        "name": job.name,
        "task": job.task,
        "kwargs": json.dumps(job.params, ensure_ascii=False),
        "queue": job.queue,
        "priority": priority,
        "headers": json.dumps({**job.metadata.get(KEPT_HEADERS, {}), EXPORTED: str(job.pk)}),
        "expire_seconds": job.start_deadline_seconds,
        "description": job.description,
        "expires": _expires(plan),
    }
    row.notes += _not_kept(job)
    return row


def _refuse_what_never_starts(
    job: Job, plan: schedules.Schedule, following: datetime | None
) -> None:
    if plan.rule.kind == "manual":
        raise NotExpressible("it is started by hand only")
    if not job.enabled:
        raise NotExpressible("it is paused")
    if following is None:
        raise NotExpressible("it never fires again")


def _scheduled(plan: schedules.Schedule, following: datetime, now: datetime) -> BeatRow:
    rule = plan.rule
    if isinstance(rule, CronRule):
        return _crontab(plan, rule, following, now)
    if isinstance(rule, IntervalRule):
        return _interval(plan, rule, following)
    if isinstance(rule, OnceRule):
        return BeatRow("clocked", {"clocked_time": rule.at}, {"one_off": True, "start_time": None})
    raise NotExpressible("celery beat has no recurrence rules (RRULE)")


def _crontab(
    plan: schedules.Schedule, rule: CronRule, following: datetime, now: datetime
) -> BeatRow:
    spec = crontab_fields(rule.fields)
    if rule.next_after(now, plan.anchor) != following:
        # With a start_time that lies ahead, it takes the first moment for one long missed when it
        # reloads in between.
        raise NotExpressible(
            "its starts_at lies ahead, and celery beat may start it before the first occurrence"
        )
    row = BeatRow(
        "crontab", spec | {"timezone": rule.zone}, {"one_off": plan.one_off, "start_time": None}
    )
    if has_shifts(rule.zone, now):
        row.notes.append(
            "on days when the clocks change, celery beat may miss or repeat an occurrence"
        )
    return row


def _interval(plan: schedules.Schedule, rule: IntervalRule, following: datetime) -> BeatRow:
    seconds = int(rule.period.total_seconds())
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    note = (
        f"celery beat counts it from {following:%Y-%m-%d %H:%M:%SZ}, then from when it last "
        "started it: its times "
        "drift, and enabled after that moment it starts at once"
    )
    spec = {"every": seconds // size, "period": unit}
    return BeatRow("interval", spec, {"one_off": plan.one_off, "start_time": following}, [note])


def _expires(plan: schedules.Schedule) -> datetime | None:
    """When celery beat must stop: after the last occurrence, whose moment it would refuse itself,
    before the next.
    """
    if plan.ends_at is None:
        return None
    beyond = plan.rule.next_after(plan.ends_at, plan.anchor)
    return plan.ends_at + (min(SLACK, (beyond - plan.ends_at) / 2) if beyond else SLACK)


def _not_kept(job: Job) -> list[str]:
    """What a periodic task has no column for."""
    names = [
        field.label.lower()
        for field in fields_in(Place.VERSIONS)
        if field.name not in KEPT and _is_set(job, field)
    ]
    if set(job.metadata) <= {KEPT_HEADERS}:
        names = [name for name in names if name != "metadata"]
    if job.ends_at and job.start_deadline_seconds:
        names.append("start deadline")
    ends = ["a message that waits beyond ends_at is dropped"] if job.ends_at else []
    return [*([f"celery beat knows nothing of its {', '.join(names)}"] if names else []), *ends]


def _is_set(job: Job, field: Field) -> bool:
    return bool(getattr(job, field.name) != field.default)
