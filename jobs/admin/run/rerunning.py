"""Rerun with edits: the old run's params in a form, secrets hidden and kept."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.actions.runs.run import RunNow, rerun
from jobs.admin.job.form.params_form import task_card
from jobs.errors import DomainError, InvalidParams
from jobs.models import Run
from jobs.redaction.redactor import masked

PARAMS_MOST = 100_000


def rerun_form(run: Run, *, written: str | None = None, problem: str = "") -> dict[str, Any]:
    """The page's context: what was written, else the run's own params."""
    own = json.dumps(masked(run.params), indent=2, ensure_ascii=False)
    return {
        "run": run,
        "params": own if written is None else written,
        "problem": problem,
        "task": task_card(run.task),
        "has_secrets": masked(run.params) != run.params,
        "version_note": run.job_version != run.job.version,
        "cancel_url": reverse("beatwright:beatwright_run_change", args=[run.pk]),
    }


def rerun_as_posted(request: HttpRequest, run: Run, now: datetime) -> RunNow:
    """Rerun with the posted params, or with the run's own where none are posted; raises
    DomainError.
    """
    done = rerun(run, actor=actor_of(request), now=now, params=_posted(request, run))
    if done.note:
        messages.warning(request, f"{run.job.name}: {done.run.state}: {done.note}.")
    return done


def _posted(request: HttpRequest, run: Run) -> Any:
    text = request.POST.get("params")
    if text is None:
        return None
    try:
        return json.loads(text[:PARAMS_MOST] or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidParams([("params", f"is not valid JSON: {error}"[:200])]) from error


def params_error(error: DomainError) -> str:
    return str(error).removeprefix("params: ")
