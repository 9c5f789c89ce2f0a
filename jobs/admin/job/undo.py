"""Undo of a pause: the message that offers it, and what its button does.

How the jobs stood waits in the person's session; only the newest pause can be undone, and only for a short time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.access.actor import actor_of
from jobs.access.visible import visible_jobs
from jobs.actions.undoing import Before, undo_pause
from jobs.errors import DomainError
from jobs.models import Job

KEPT = "pause_to_undo"
# The button is shown for ten seconds; a page without JavaScript cannot take it away.
TAKEN_FOR = timedelta(seconds=60)
MOMENTS = ("paused_at", "paused_until", "saved_at")


def undo_form(request: HttpRequest, paused: Sequence[tuple[Job, Before]]) -> SafeString | str:
    """The button of a message; empty where there is nothing to undo."""
    if not paused:
        return ""
    token = secrets.token_urlsafe(8)
    jobs = [(str(job.pk), _plain(before)) for job, before in paused]
    request.session[KEPT] = {"token": token, "jobs": jobs}
    return format_html(
        '<form method="post" action="{}" class="j-undo" data-undo><input type="hidden" name="csrfmiddlewaretoken"'
        ' value="{}"><input type="hidden" name="token" value="{}"><input type="hidden" name="next" value="{}">'
        '<button class="c-link" data-testid="undo">Undo</button></form>',
        reverse("admin:jobs_job_undo"), get_token(request), token, request.POST.get("next", ""),
    )  # fmt: skip


def undo(request: HttpRequest, now: datetime) -> None:
    """Let the jobs of the newest pause stand as before, and say so; or say why that is not possible."""
    kept: dict[str, Any] = request.session.get(KEPT, {})
    if not kept or request.POST.get("token") != kept["token"]:
        messages.error(request, "There is nothing left to undo.")
        return
    del request.session[KEPT]
    undone = [job.name for job in _jobs(request, kept) if _undo(request, job, kept, now)]
    if undone:
        names = undone[0] if len(undone) == 1 else f"{len(undone)} jobs"
        messages.success(request, f"Undone: {names} as before.")


def _undo(request: HttpRequest, job: Job, kept: dict[str, Any], now: datetime) -> bool:
    before = _rich(dict(kept["jobs"])[str(job.pk)])
    try:
        if now > before.saved_at + TAKEN_FOR:
            raise DomainError("it is too late to undo this; press Resume")
        undo_pause(job, before, actor=actor_of(request), now=now)
    except DomainError as error:
        messages.error(request, f"{job.name}: {error}")
        return False
    return True


def _jobs(request: HttpRequest, kept: dict[str, Any]) -> list[Job]:
    return list(visible_jobs(actor_of(request)).filter(pk__in=[pk for pk, _ in kept["jobs"]]).order_by("name"))


def _plain(before: Before) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(before).items()}


def _rich(stored: dict[str, Any]) -> Before:
    moments = {name: datetime.fromisoformat(stored[name]) for name in MOMENTS if stored[name]}
    return Before(**(stored | moments))
