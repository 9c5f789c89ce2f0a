"""What became of a task: its executions, and the result of the newest one."""

from __future__ import annotations

from typing import Any

from jobs.access.actor import Actor
from jobs.compat.dts_go.executions import word_of
from jobs.compat.godispatch.tasks import TIMEOUT, task_word
from jobs.compat.status import JobWithStatus
from jobs.models import Job, Run, RunState
from jobs.moments import iso
from jobs.queries.jobs.page import newest_runs_of
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.listing import whole_runs_page
from jobs.queries.runs.results import result_fields
from jobs.redaction.redactor import redactor_of


def result(found: JobWithStatus) -> dict[str, Any]:
    """The newest run's result; three queries."""
    runs = newest_runs_of(found.job, limit=1)
    told = result_fields(runs[0]) if runs else {"result": None, "error": "", "finished_at": None}
    outcome = {name: told[name] for name in ("result", "error", "finished_at")}
    return {"id": str(found.job.pk), "status": task_word(found)} | outcome


def executions(job: Job, *, actor: Actor, limit: int) -> list[dict[str, Any]]:
    """One query: the task's runs, the newest first."""
    page = whole_runs_page(RunFilter(job_id=job.pk), actor=actor, after=None, limit=limit)
    return [_execution(run) for run in page.rows]


def _execution(run: Run) -> dict[str, Any]:
    status = TIMEOUT if run.state == RunState.TIMED_OUT else word_of(run).lower()
    return {
        "id": str(run.pk),
        "task_id": str(run.job_id),
        "status": status,
        "attempt": run.attempt,
        "worker": run.worker,
        "start_time": iso(run.started_at),
        "end_time": iso(run.finished_at),
        "error": redactor_of(run.params).text(run.error or run.reason),
    }
