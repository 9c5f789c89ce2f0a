"""A button was pressed, for one job or for those that are ticked: ask how where that is needed, do it, tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from jobs.access.actor import actor_of
from jobs.access.masking import masked
from jobs.admin.job.acting import VERBS, Done, told
from jobs.admin.job.undo import undo_form
from jobs.errors import DomainError
from jobs.models import Job
from jobs.queries.pages_jobs import queue_names

MOST_AT_ONCE = 200
REFUSALS_SHOWN = 5


def question(request: HttpRequest, verb: str, jobs: Sequence[Job], problem: str = "") -> dict[str, Any]:
    """The context of the page (or the pop-up) that asks how ``verb`` is to be done to these jobs."""
    only = jobs[0] if len(jobs) == 1 else None
    params = seen_params(request, only) if only and verb == "run" else None
    subject = only.name if only else f"{len(jobs)} jobs"
    return {
        "title": f"{VERBS[verb].label}: {subject}",
        "subject": subject,
        "verb": verb,
        "button": VERBS[verb].label,
        "icon": VERBS[verb].icon,
        "jobs": jobs,
        "only": only,
        "params": json.dumps(params, indent=2, ensure_ascii=False),
        "hides": only is not None and params is not None and params != only.params,
        "zone": only.timezone if only else "each job's zone",
        "queues": queue_names(actor=actor_of(request)) if verb == "queue" else [],
        "written": request.POST,
        "problem": problem,
        "next_url": back(request),
        "action": reverse("admin:jobs_job_act", args=[only.pk, verb]) if only else reverse("admin:jobs_job_bulk"),
    }


def seen_params(request: HttpRequest, job: Job) -> Any:
    """The job's params, without the secrets in them for whom they are secret."""
    return job.params if actor_of(request).may("jobs.view_secret") else masked(job.params)


def press(request: HttpRequest, verb: str, jobs: Sequence[Job], now: datetime) -> str:
    """Do it to each job and say so in messages.

    Where one job was refused a verb that asks, the problem is returned instead, to be said beside the question.
    """
    done: list[tuple[Job, Done]] = []
    refused: list[tuple[Job, DomainError]] = []
    for job in jobs:
        try:
            done.append((job, VERBS[verb].do(job, request.POST, actor_of(request), now)))
        except DomainError as error:
            refused.append((job, error))
    _tell_done(request, verb, done)
    if len(jobs) == 1 and refused and VERBS[verb].asks:
        return told(refused[0][1])
    _tell_refused(request, refused)
    return ""


def _tell_done(request: HttpRequest, verb: str, done: Sequence[tuple[Job, Done]]) -> None:
    if not done:
        return
    job, first = done[0]
    text = f"{job.name}{first.text}" if len(done) == 1 else f"{len(done)} jobs {VERBS[verb].many}."
    url = first.url if len(done) == 1 else reverse("admin:jobs_run_changelist") if first.url else ""
    if verb == "run" and len(done) == 1:
        text = f"Run {url.rstrip('/')[-8:]} of {text}"
    link = format_html(' <a class="c-link" href="{}">{}</a>', url, "Follow" if len(done) == 1 else "See the runs")
    before = [(job, one.before) for job, one in done if one.before]
    messages.success(request, format_html("{}{}{}", text, link if url else "", undo_form(request, before)))


def _tell_refused(request: HttpRequest, refused: Sequence[tuple[Job, DomainError]]) -> None:
    for job, error in refused[:REFUSALS_SHOWN]:
        messages.error(request, f"{job.name}: {told(error)}")
    if len(refused) > REFUSALS_SHOWN:
        messages.error(request, f"Nor could it be done to {len(refused) - REFUSALS_SHOWN} others.")


def back(request: HttpRequest) -> str:
    """The page that the form or the address names, if it is one of ours; else the list."""
    url = request.POST.get("next", "") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if ours else reverse("admin:jobs_job_changelist")
