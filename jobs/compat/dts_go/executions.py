"""DTS-Go's executions: our runs, in its words."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django_celery_results.models import TaskResult

from jobs.access.actor import Actor
from jobs.access.visible import visible_runs
from jobs.errors import DomainError
from jobs.lifecycle.texts import read_json
from jobs.models import Run, RunState
from jobs.moments import iso
from jobs.queries.paging import capped_count
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.listing import whole_runs_page
from jobs.redaction.redactor import redactor_of

WORDS: dict[str, str] = {
    RunState.BLOCKED: "PENDING",
    RunState.QUEUED: "PENDING",
    RunState.RUNNING: "RUNNING",
    RunState.SUCCEEDED: "COMPLETED",
    RunState.FAILED: "FAILED",
    RunState.TIMED_OUT: "FAILED",
    RunState.CANCELLED: "CANCELLED",
    RunState.SKIPPED: "SKIPPED",
}
RETRYING = "RETRYING"
# Which runs a word may stand for; a queued one is told apart by its attempts.
STATES: dict[str, tuple[RunState, ...]] = {
    **{word: tuple(state for state in RunState if WORDS[state] == word) for word in WORDS.values()},
    RETRYING: (RunState.QUEUED,),
}
RETRIED = Q(state=RunState.QUEUED, attempt__gt=0)


@dataclass(frozen=True)
class Executions:
    """A page, the newest first, and the id to go on after; it may be shorter than asked for with
    more behind it.
    """

    rows: list[Run]
    following: uuid.UUID | None


def executions_page(
    *,
    actor: Actor,
    status: str = "",
    job_id: uuid.UUID | None = None,
    after: uuid.UUID | None,
    limit: int,
) -> Executions:
    """One or two queries for each state that the status stands for."""
    wanted = [
        RunFilter(state=state, job_id=job_id) for state in (STATES[status] if status else ("",))
    ]
    pages = [whole_runs_page(each, actor=actor, after=after, limit=limit) for each in wanted]
    # Up to where every page has looked.
    horizon = max((page.last for page in pages if page.more_after and page.last), default=None)
    seen = (run for page in pages for run in page.rows if horizon is None or run.pk >= horizon)
    rows = sorted(seen, key=lambda run: run.pk, reverse=True)
    if len(rows) > limit:
        rows = rows[:limit]
        horizon = rows[-1].pk
    return Executions([run for run in rows if status in {"", word_of(run)}], horizon)


def executions_count(*, actor: Actor, status: str = "", job_id: uuid.UUID | None = None) -> int:
    """One query: how many there are, counted up to 1,001 and no further."""
    runs = visible_runs(actor)
    if job_id:
        runs = runs.filter(job=job_id)
    if status:
        runs = runs.filter(state__in=STATES[status])
        runs = runs.filter(RETRIED) if status == RETRYING else runs.exclude(RETRIED)
    return capped_count(runs)


def read_status(text: str) -> str:
    """A status by its name in any case; empty for none. Raises DomainError."""
    word = text.upper().removeprefix("JOB_STATUS_")
    if word in {"", "UNSPECIFIED"}:
        return ""
    if word not in STATES:
        raise DomainError(f"must be one of {', '.join(STATES)}", field="status")
    return word


def word_of(run: Run) -> str:
    return RETRYING if run.is_retrying else WORDS[run.state]


def responses(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """One query: an ExecutionResponse for each, its secrets masked."""
    ids = [run.message_id for run in runs if run.state == RunState.SUCCEEDED]
    results = dict(TaskResult.objects.filter(task_id__in=ids).values_list("task_id", "result"))
    return [_response(run, results) for run in runs]


def _response(run: Run, results: Mapping[str, str | None]) -> dict[str, Any]:
    stored, redactor = results.get(run.message_id) or "", redactor_of(run.params)
    found = read_json(stored)
    shown = redactor.json(found)
    result = stored if shown == found else json.dumps(shown, ensure_ascii=False)
    return {
        "id": str(run.pk),
        "job_id": str(run.job_id),
        "status": word_of(run),
        "start_time": iso(run.started_at),
        "end_time": iso(run.finished_at),
        "result": result,
        "error": redactor.text(
            run.error or ("" if run.state == RunState.SUCCEEDED else run.reason)
        ),
    }
