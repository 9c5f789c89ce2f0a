"""Adopt: a row of django-celery-beat becomes a job, and is switched off in the same transaction."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django_celery_beat.models import PeriodicTask

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions.beat_times import schedule_text
from jobs.actions.jobs import create_job
from jobs.errors import DomainError
from jobs.models import Job
from jobs.params import registry
from jobs.params.checks import by_name

logger = logging.getLogger(__name__)


def adopt(row: PeriodicTask, *, actor: Actor, now: datetime) -> Job:
    """A job that does what ``row`` does; the row stays, disabled.

    Raises DomainError, naming the row's field, for what a job cannot express, and whatever
    ``create_job`` raises.
    """
    actor.require("beatwright.import_job")
    with transaction.atomic():
        row = PeriodicTask.objects.select_for_update(of=("self",)).get(pk=row.pk)
        job = create_job(values_of_row(row), actor=actor, now=now)
        row.enabled = False
        row.save()
        audit.record(actor, audit.Verb.ADOPT, job, now=now, after={"periodic_task": row.pk})
    logger.info("periodic task adopted", extra={"job": job.name, "actor": actor.name})
    return job


def values_of_row(row: PeriodicTask) -> dict[str, Any]:
    """The job's field values; raises DomainError where there is no job that would do the same."""
    for problem in _refusals(row):
        raise problem
    text, zone = schedule_text(row)
    return {
        "name": row.name,
        "description": row.description,
        "task": row.task,
        "params": _params(row),
        "schedule": text,
        "timezone": zone,
        "starts_at": row.start_time or _rhythm(row),
        "ends_at": row.expires,
        "enabled": row.enabled,
        "queue": row.queue or registry.queue_of(row.task) or "default",
    }


def _refusals(row: PeriodicTask) -> Iterator[DomainError]:
    if row.one_off and not row.clocked:
        yield DomainError(
            "a repeating schedule that runs once cannot be expressed: use a date-time",
            field="one_off",
        )
    if _json(row.headers, "headers", dict):
        yield DomainError("message headers cannot be kept", field="headers")
    for field in ("exchange", "routing_key", "priority", "expire_seconds"):
        if getattr(row, field) not in (None, ""):
            yield DomainError("cannot be kept by a job: clear it first", field=field)


def _params(row: PeriodicTask) -> dict[str, Any]:
    """The keyword arguments, and the positional ones under the names that the task has for them."""
    named, args = (
        _json(row.kwargs, "kwargs", dict),
        by_name(row.task, _json(row.args, "args", list)),
    )
    for name in args.keys() & named.keys():
        raise DomainError(f"{name} is given twice, by position and by name", field="args")
    return {**args, **named}


def _rhythm(row: PeriodicTask) -> datetime | None:
    """An interval goes on counting from its last run; other schedules need no anchor."""
    return row.last_run_at.replace(microsecond=0) if row.interval and row.last_run_at else None


def _json(text: str | None, field: str, kind: type) -> Any:
    try:
        value = json.loads(text or "null")
    except ValueError as error:
        raise DomainError(f"is not JSON: {error}", field=field) from None
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise DomainError(f"must be a JSON {'object' if kind is dict else 'list'}", field=field)
    return value
