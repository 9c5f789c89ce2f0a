"""A button was pressed, for one job or for those that are ticked: ask how where that is needed, do
it, tell.
"""

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
from jobs.admin import undo
from jobs.admin.job.buttons.in_the_way import told_in_the_way
from jobs.admin.job.buttons.verbs import VERBS, Done, error_with_label
from jobs.admin.look.confirming import Confirmation
from jobs.errors import DomainError
from jobs.models import Job
from jobs.queries.jobs.listing import queue_names
from jobs.redaction.redactor import masked

MOST_AT_ONCE = 200
REFUSALS_SHOWN = 5
ARCHIVED = (
    "An archived job no longer runs. Its history is kept, and its name can be used again. "
    "A job that never ran is deleted. You can restore an archived job from its page."
)


def question(
    request: HttpRequest, verb: str, jobs: Sequence[Job], problem: str = "", *, now: datetime
) -> dict[str, Any]:
    """The context of the page (or the pop-up) that asks how ``verb`` is to be done to these
    jobs.
    """
    only = jobs[0] if len(jobs) == 1 else None
    params = masked(only.params) if only and verb == "run" else None
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
        "zone": only.timezone if only else "each job's time zone",
        "in_the_way": told_in_the_way(only, now) if only and verb == "run" else None,
        "queues": queue_names(actor=actor_of(request)) if verb == "queue" else [],
        "written": request.POST,
        "problem": problem,
        "next_url": back_or_list(request),
        "action": reverse("beatwright:beatwright_job_act", args=[only.pk, verb])
        if only
        else reverse("beatwright:beatwright_job_bulk"),
    }


def archive_question(request: HttpRequest, jobs: Sequence[Job], problem: str = "") -> Confirmation:
    """What stands before archiving these jobs."""
    only = jobs[0] if len(jobs) == 1 else None
    subject = only.name if only else f"{len(jobs):,} jobs"
    hidden = [("verb", "archive"), ("next", back_or_list(request))]
    return Confirmation(
        title=f"Archive {subject}?",
        button=f"Archive {subject}",
        action=reverse("beatwright:beatwright_job_act", args=[only.pk, "archive"])
        if only
        else reverse("beatwright:beatwright_job_bulk"),
        back=back_or_list(request),
        says=[ARCHIVED],
        named=[] if only else [job.name for job in jobs],
        reason="optional",
        written=request.POST.get("reason", ""),
        fields=hidden if only else hidden + [("job", str(job.pk)) for job in jobs],
        icon="inventory_2",
        problem=problem,
    )


def press(request: HttpRequest, verb: str, jobs: Sequence[Job], now: datetime) -> str:
    """Do it to each job and say so in messages.

    Where one job was refused a verb that asks, the problem is returned instead, to be said beside
    the question.
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
        return error_with_label(refused[0][1])
    _tell_refused(request, refused)
    return ""


def _tell_done(request: HttpRequest, verb: str, done: Sequence[tuple[Job, Done]]) -> None:
    """What went as it was wanted, as one sentence; each of what did not for itself."""
    full = [(job, one) for job, one in done if not one.is_short or len(done) == 1]
    for _, one in [(job, one) for job, one in done if one.is_short and len(done) > 1][
        :REFUSALS_SHOWN
    ]:
        messages.warning(request, format_html("{}{}", one.text, _link(one.url, "See it")))
    if not full:
        return
    _, first = full[0]
    alone = len(done) == 1
    text = first.text if alone else VERBS[verb].many.format(len(full))
    url = first.url if alone or not first.url else reverse("beatwright:beatwright_run_changelist")
    kept = [one.undo for _, one in full if one.undo]
    tell = messages.warning if first.is_short and alone else messages.success
    tell(
        request,
        format_html(
            "{}{}{}",
            text,
            _link(url, "Follow" if alone else "See the runs"),
            undo.offer(request, verb, kept),
        ),
    )


def _link(url: str, text: str) -> str:
    return format_html(' <a class="c-link" href="{}">{}</a>', url, text) if url else ""


def _tell_refused(request: HttpRequest, refused: Sequence[tuple[Job, DomainError]]) -> None:
    for job, error in refused[:REFUSALS_SHOWN]:
        messages.error(request, f"{job.name}: {error_with_label(error)}")
    if len(refused) > REFUSALS_SHOWN:
        messages.error(request, f"{len(refused) - REFUSALS_SHOWN} more were refused.")


def back_or_list(request: HttpRequest) -> str:
    """The page that the form or the address names, if it is one of ours; else the list."""
    url = request.POST.get("next", "") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    )
    return url if ours else reverse("beatwright:beatwright_job_changelist")
