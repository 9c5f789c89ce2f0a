"""A run at a glance: what the list's drawer shows, in three queries at the most."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.look.badges import run_badge
from jobs.admin.look.times import took
from jobs.admin.run.detail import facts, pretty, run_steps
from jobs.models import Run, RunState
from jobs.queries.runs.log import AttemptLog
from jobs.redaction.redactor import redactor_of

LINES = 12
PARAMS_MOST = 1_000


def peek_context(run: Run, actor: Actor, now: datetime) -> dict[str, Any]:
    """What happened, when, with which params, and the last lines of its log: one query."""
    redactor = redactor_of(run.params)
    lines = AttemptLog(run.pk, run.attempt, redactor).tail().lines if run.attempt else []
    params = pretty(redactor.json(run.params)) if run.params else ""
    return {
        "title": f"Run {str(run.pk)[-8:]}",
        "crumbs": [("Runs", reverse("beatwright:beatwright_run_changelist"))],
        "run": run,
        "url": reverse("beatwright:beatwright_run_change", args=[run.pk]),
        "badge": run_badge(run),
        "happened": redactor.text(": ".join(filter(None, (run.reason, run.error)))),
        "took": took(run.started_at, run.finished_at, now, goes_on=run.state == RunState.RUNNING),
        "steps": run_steps(run, now, run.job.timezone),
        "facts": facts(run),
        "params": f"{params[:PARAMS_MOST]}…" if len(params) > PARAMS_MOST else params,
        "lines": list(lines)[-LINES:],
        "can_rerun": actor.may("beatwright.rerun_run") and run.job.archived_at is None,
    }
