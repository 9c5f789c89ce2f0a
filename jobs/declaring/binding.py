"""Celery's own signature as what a job starts: task, params, queue, priority, deadlines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from celery.canvas import Signature
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from jobs.actions.adoption import values_of_row
from jobs.declaring.declaration import Declaration
from jobs.definition.field import Place
from jobs.definition.fields import fields_in
from jobs.errors import DomainError
from jobs.importers.formats.beat_schedule import columns_of
from jobs.moments import iso

# What the arguments of job() say already.
SAID = frozenset({"task", "schedule", "timezone", "day_rule", "params"})
#: Option → the field of a job.
OPTIONS = {
    field.flag.removeprefix("--").replace("-", "_"): field.name
    for field in fields_in(Place.FLAGS)
    if field.name not in SAID
}
BOUND = ("task", "params", "queue", "priority", "start_deadline_seconds", "ends_at")
SET_BY = {"start_deadline_seconds": "expires", "ends_at": "expires"}


def entry_of(declaration: Declaration) -> dict[str, Any]:
    """The job as our own schedule files write it; raises DomainError, naming the field."""
    given = {OPTIONS[name]: _plain(name, value) for name, value in declaration.options.items()}
    bound = bound_to(declaration.task)
    when = vars(declaration.when)
    was = {"was": declaration.was} if declaration.was else {}
    for name in given.keys() & explicit_fields(declaration.task):
        raise DomainError("is given twice, by the signature and by the job", field=name)
    return {"name": declaration.name, **bound, **when, **given, **was}


def bound_to(task: Any) -> dict[str, Any]:
    """The fields that a task or its signature says; raises DomainError for what no job can keep."""
    signature = _signature(task)
    if signature.task.startswith("celery."):
        hint = "write a task that starts it"
        raise DomainError(f"a job starts one task, not a {signature.task}", field="task", hint=hint)
    if "headers" in signature.options:
        raise DomainError("cannot be kept by a job: use metadata", field="headers")
    row = PeriodicTask(
        name="declared",
        task=signature.task,
        args=_json(list(signature.args), "args"),
        kwargs=_json(dict(signature.kwargs), "params"),
        interval=IntervalSchedule(every=1, period="days"),
        **columns_of(signature.options),
    )
    values = values_of_row(row)
    limit = signature.options.get("time_limit")
    return {name: _as_json(values[name]) for name in BOUND if values[name] is not None} | (
        {"timeout_seconds": limit} if limit else {}
    )


def _signature(task: Any) -> Any:
    return task if isinstance(task, Signature) else task.s()


def explicit_fields(task: Any) -> set[str]:
    """The fields that the signature itself sets, beside the task and its params."""
    options = _signature(task).options
    fields = {"queue": "queue", "routing_key": "queue", "priority": "priority"}
    limits = {"time_limit": "timeout_seconds", "expires": "start_deadline_seconds"}
    return {field for option, field in (fields | limits).items() if options.get(option) is not None}


def _json(value: Any, field: str) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise DomainError(f"is not what JSON can hold: {error}", field=field) from None


def _as_json(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def _plain(option: str, value: Any) -> Any:
    """The value as a file has it; raises DomainError."""
    if isinstance(value, timedelta):
        if value % timedelta(seconds=1):
            raise DomainError("must be a whole number of seconds", field=option)
        return value // timedelta(seconds=1)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise DomainError("must carry a time zone", field=option)
        return iso(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple | set | frozenset) else value
