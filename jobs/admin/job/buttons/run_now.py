"""Run now from the job's page: with its params or with others, and then to where one sees it
run.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.actions.runs.run import run_now
from jobs.errors import DomainError, Forbidden, InvalidParams
from jobs.models import Job, RunState
from jobs.redaction.redactor import masked


def run_and_follow(request: HttpRequest, job: Job, now: datetime) -> HttpResponseRedirect:
    """Run it and go to the run's page; where it cannot be run, to the job's with the reason."""
    try:
        return follow(request, job, now, params=None)
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"{job.name}: {error}")
        return HttpResponseRedirect(reverse("beatwright:beatwright_job_detail", args=[job.pk]))


def follow(
    request: HttpRequest, job: Job, now: datetime, *, params: dict[str, Any] | None
) -> HttpResponseRedirect:
    """Run it, with these params where there are any, and go to the run's page; raises
    DomainError.
    """
    done = run_now(
        job, actor=actor_of(request), now=now, params=params, waits="waits" in request.POST
    )
    if done.note:
        told = done.note.removeprefix("overlap: ")
        messages.warning(
            request,
            f"{job.name}{' did not run' if done.run.state == RunState.SKIPPED else ''}: {told}.",
        )
    return HttpResponseRedirect(reverse("beatwright:beatwright_run_change", args=[done.run.pk]))


def posted_params(request: HttpRequest, job: Job) -> dict[str, Any] | None:
    """The params written for this run alone; None where they are the job's own, as they were
    shown.
    """
    return params_in(request.POST.get("params"), job)


def params_in(text: str | None, job: Job) -> dict[str, Any] | None:
    """The same, of the form's text."""
    if text is None:
        return None
    try:
        params: dict[str, Any] = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidParams([("params", f"is not valid JSON: {error}"[:200])]) from error
    # 1, 1.0 and true are not the same
    same = json.dumps(params, sort_keys=True) == json.dumps(masked(job.params), sort_keys=True)
    return None if same else params
