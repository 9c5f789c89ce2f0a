"""Jobs, runs and attempts as plain JSON values, under the names every surface uses.

Secrets are hidden, unless the caller brings the open veil that an action gave it.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.db.models import Model
from django_celery_results.models import TaskResult

from jobs.hiding.veil import Veil, metadata_veil, veil_of
from jobs.lifecycle.texts import read_json
from jobs.models import Job, Run
from jobs.models.run import message_id
from jobs.moments import iso


def job_fields(job: Job, veil: Veil | None = None) -> dict[str, Any]:
    """Every field of the job, with its state's next_run_at, last_scheduled_for and schedule_error."""
    state = job.state
    return (
        _plain(job)
        | definition_fields({"params": job.params, "metadata": job.metadata}, veil)
        | {
            "next_run_at": _json(state.next_run_at),
            "last_scheduled_for": _json(state.last_scheduled_for),
            "schedule_error": state.schedule_error,
        }
    )


def definition_fields(fields: dict[str, Any], veil: Veil | None = None) -> dict[str, Any]:
    """What a job says or said, its params and metadata as they may be shown."""
    veils = {"params": veil or veil_of(fields.get("params")), "metadata": veil or metadata_veil(fields)}
    return fields | {name: over.json(fields[name]) for name, over in veils.items() if name in fields}


def run_fields(run: Run, veil: Veil | None = None) -> dict[str, Any]:
    """Every field of the run but the roll-up's own mark, and the name of its job."""
    fields = _plain(run) | {"job_name": run.job.name}
    del fields["rolled_up"]
    over = veil or veil_of(run.params)
    texts = {name: over.text(fields[name]) for name in ("error", "reason")}
    return fields | texts | {name: over.json(fields[name]) for name in ("params", "progress")}


def attempts_of(run: Run) -> list[TaskResult]:
    """The run's attempts, oldest first: one TaskResult per start."""
    ids = [message_id(run.id, number) for number in range(1, run.publish_count + 1)]
    return sorted(TaskResult.objects.filter(task_id__in=ids), key=lambda attempt: ids.index(attempt.task_id))


def attempt_fields(attempt: TaskResult, veil: Veil) -> dict[str, Any]:
    """One attempt: its task id, status, worker, times, result, traceback, what became of it and why.

    ``veil`` is that of its run's params.
    """
    meta = json.loads(attempt.meta or "{}")
    return {
        "task_id": attempt.task_id,
        "attempt": meta.get("attempt"),
        "status": attempt.status,
        "outcome": meta.get("outcome"),
        "cause": meta.get("cause"),
        "worker": attempt.worker or "",
        "started_at": _json(attempt.date_started),
        "finished_at": _json(attempt.date_done) if meta.get("outcome") else None,
        "result": veil.json(read_json(attempt.result)),
        "traceback": attempt.traceback and veil.text(attempt.traceback),
    }


def attempts_fields(run: Run, veil: Veil | None = None) -> list[dict[str, Any]]:
    """One query: the fields of all the run's attempts, oldest first."""
    over = veil or veil_of(run.params)
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
