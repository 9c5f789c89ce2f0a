"""Adopt: a row of django-celery-beat becomes a job, and is switched off in the same transaction."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction
from django_celery_beat.models import PeriodicTask

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions.beat_times import times_of
from jobs.actions.jobs import create_job
from jobs.dispatch.brokers.broker import Broker
from jobs.errors import DomainError
from jobs.models import Job
from jobs.params import registry
from jobs.params.checks import by_name

logger = logging.getLogger(__name__)

# In a row's headers: the job that was made of it, and the job that it was exported from.
ADOPTED, EXPORTED = "beatwright-adopted", "beatwright-job"
OURS = frozenset({ADOPTED, EXPORTED})
KEPT_HEADERS = "celery_headers"
ROUTING_HINT = "name the queue that a worker consumes, and clear it"


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
        # The way back finds the row by it, and writes it again.
        row.headers = json.dumps(_json(row.headers, "headers", dict) | {ADOPTED: str(job.pk)})
        row.save()
        audit.record(actor, audit.Verb.ADOPT, job, now=now, after={"periodic_task": row.pk})
    logger.info("periodic task adopted", extra={"job": job.name, "actor": actor.name})
    return job


def values_of_row(row: PeriodicTask) -> dict[str, Any]:
    """The job's field values; raises DomainError where there is no job that would do the same."""
    return {
        "name": row.name,
        "description": row.description,
        "task": row.task,
        "params": _params(row),
        **times_of(row),
        "starts_at": row.start_time or _rhythm(row),
        "ends_at": row.expires,
        "enabled": row.enabled,
        "one_off": bool(row.one_off and not row.clocked),
        "start_deadline_seconds": row.expire_seconds or None,
        "queue": _queue(row),
        "priority": 0 if row.priority is None else Broker(current_app).job_priority(row.priority),
        "metadata": _metadata(row),
    }


def _queue(row: PeriodicTask) -> str:
    """The queue that the row's message goes to; raises DomainError where an exchange decides
    that.
    """
    names = {name for name in (row.queue, row.routing_key) if name}
    if row.exchange and row.exchange != row.queue:
        raise DomainError(
            "a job names the queue, not the exchange", field="exchange", hint=ROUTING_HINT
        )
    if len(names) > 1:
        raise DomainError(
            "differs from the queue, which is all that a job names",
            field="routing_key",
            hint=ROUTING_HINT,
        )
    return next(iter(names), "") or registry.queue_of(row.task) or "default"


def _metadata(row: PeriodicTask) -> dict[str, Any]:
    """What a job has no field for, kept for whoever reads it and for the way back."""
    headers = {
        key: value for key, value in _json(row.headers, "headers", dict).items() if key not in OURS
    }
    return {KEPT_HEADERS: headers} if headers else {}


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
