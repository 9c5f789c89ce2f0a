"""Jobs, runs and attempts as plain JSON values, under the names every surface uses.

Secrets are hidden, unless the caller brings the open redactor that an action gave it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Model
from django_celery_results.models import TaskResult

from jobs.lifecycle.rows import AttemptMeta
from jobs.lifecycle.texts import read_json
from jobs.models import Job, Run
from jobs.models.run import message_id
from jobs.moments import iso
from jobs.redaction.redactor import Redactor, metadata_redactor, redactor_of


def job_fields(job: Job, redactor: Redactor | None = None) -> dict[str, Any]:
    """Every field of the job, with its state's next_run_at, last_scheduled_for and
    schedule_error.
    """
    state = job.state
    return (
        _plain(job)
        | definition_fields({"params": job.params, "metadata": job.metadata}, redactor)
        | {
            "next_run_at": _json(state.next_run_at),
            "last_scheduled_for": _json(state.last_scheduled_for),
            "schedule_error": state.schedule_error,
        }
    )


def definition_fields(fields: dict[str, Any], redactor: Redactor | None = None) -> dict[str, Any]:
    """What a job says or said, its params and metadata as they may be shown."""
    redactors = {
        "params": redactor or redactor_of(fields.get("params")),
        "metadata": redactor or metadata_redactor(fields),
    }
    return fields | {
        name: over.json(fields[name]) for name, over in redactors.items() if name in fields
    }


def run_fields(run: Run, redactor: Redactor | None = None) -> dict[str, Any]:
    """Every field of the run but the roll-up's own mark, and the name of its job."""
    fields = _plain(run) | {"job_name": run.job.name}
    del fields["rolled_up"]
    over = redactor or redactor_of(run.params)
    texts = {name: over.text(fields[name]) for name in ("error", "reason")}
    return fields | texts | {name: over.json(fields[name]) for name in ("params", "progress")}


def attempts_of(run: Run) -> list[TaskResult]:
    """The run's attempts, oldest first: one TaskResult per start.

    Under the id of a message that a stock worker has dropped, its backend notes a failure, which is
    none.
    """
    ids = [message_id(run.id, number) for number in range(1, run.publish_count + 1)]
    rows = TaskResult.objects.filter(task_id__in=ids)
    started = [row for row in rows if AttemptMeta.read(row.meta)]
    return sorted(started, key=lambda attempt: ids.index(attempt.task_id))


def attempt_fields(attempt: TaskResult, redactor: Redactor) -> dict[str, Any]:
    """One attempt: its task id, status, worker, times, result, traceback, what became of it and
    why.

    ``redactor`` is that of its run's params.
    """
    meta = AttemptMeta.read(attempt.meta)
    return {
        "task_id": attempt.task_id,
        "attempt": meta and meta.attempt,
        "status": attempt.status,
        "outcome": meta and meta.outcome,
        "cause": meta and meta.cause,
        "worker": attempt.worker or "",
        "started_at": _json(attempt.date_started),
        "finished_at": _json(attempt.date_done) if meta and meta.outcome else None,
        "result": redactor.json(read_json(attempt.result)),
        "traceback": attempt.traceback and redactor.text(attempt.traceback),
    }


def attempts_fields(run: Run, redactor: Redactor | None = None) -> list[dict[str, Any]]:
    """One query: the fields of all the run's attempts, oldest first."""
    over = redactor or redactor_of(run.params)
    return [attempt_fields(attempt, over) for attempt in attempts_of(run)]


def json_fields(values: dict[str, Any]) -> dict[str, Any]:
    """The same fields with moments and ids as JSON has them."""
    return {name: _json(value) for name, value in values.items()}


def _plain(row: Model) -> dict[str, Any]:
    return {field.name: _json(field.value_from_object(row)) for field in row._meta.concrete_fields}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return str(value) if isinstance(value, uuid.UUID) else value
