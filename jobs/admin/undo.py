"""Undo: the message that offers it, and what its button does.

What is needed to take a deed back waits in the person's session; only the newest can be undone, and
only for a short time.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.access.actor import Actor, actor_of
from jobs.access.visible import visible_jobs, visible_runs
from jobs.actions.alerts import acknowledge_alert
from jobs.actions.jobs import unarchive_job
from jobs.actions.pauses import resume_job
from jobs.actions.undo import Before, undo_acknowledge, undo_discard, undo_pause
from jobs.admin.look.paging import back
from jobs.errors import DomainError
from jobs.models import Alert, Job
from jobs.moments import iso, read_moment
from jobs.queries.attention.alerts import find_alert

KEPT = "to_undo"
# The button is shown for ten seconds; a page without JavaScript cannot take it away.
TAKEN_FOR = timedelta(seconds=60)
MOMENTS = ("paused_at", "paused_until", "saved_at")
TOO_LATE = "It is too late to undo this."


def offer(request: HttpRequest, kind: str, what: Any) -> SafeString | str:
    """The button of a message; empty where there is nothing to undo.

    ``what`` is JSON, as one of KINDS reads it.
    """
    if not what:
        return ""
    token = secrets.token_urlsafe(8)
    request.session[KEPT] = {"token": token, "kind": kind, "what": what, "at": iso(timezone.now())}
    return format_html(
        '<form method="post" action="{}" class="j-undo" data-undo><input type="hidden" '
        'name="csrfmiddlewaretoken"'
        ' value="{}"><input type="hidden" name="token" value="{}"><input type="hidden" '
        'name="next" value="{}">'
        '<button class="c-link" data-testid="undo">Undo</button></form>',
        reverse("beatwright:undo"), get_token(request), token, request.POST.get("next", ""),
    )  # fmt: skip


def kept_pause(job: Job, before: Before) -> tuple[str, dict[str, Any]]:
    """How a job stood before it was paused, for ``offer``."""
    return str(job.pk), _plain(before)


def undo(request: HttpRequest) -> HttpResponse:
    """POST ``token``: take the newest deed back and say so, or say why that is not possible."""
    now = timezone.now()
    kept: dict[str, Any] = request.session.get(KEPT, {})
    if not kept or request.POST.get("token") != kept["token"]:
        messages.error(request, "There is nothing to undo.")
    else:
        del request.session[KEPT]
        _take_back(request, kept, now)
    return HttpResponseRedirect(back(request, reverse("beatwright:index")))


def _take_back(request: HttpRequest, kept: dict[str, Any], now: datetime) -> None:
    if now > read_moment(kept["at"]) + TAKEN_FOR:
        messages.error(request, TOO_LATE)
        return
    done, problems = KINDS[kept["kind"]](kept["what"], actor_of(request), now)
    if done:
        messages.success(request, f"Undone: {done}.")
    for problem in problems:
        messages.error(request, problem)


Undone = tuple[str, Sequence[str]]


def _pause(what: Any, actor: Actor, now: datetime) -> Undone:
    befores = {pk: _rich(before) for pk, before in what}
    return _each_job(
        befores, actor, lambda job: undo_pause(job, befores[str(job.pk)], actor=actor, now=now)
    )


def _archive(what: Any, actor: Actor, now: datetime) -> Undone:
    """``what``: whether each job was on before, by its id."""
    was_on = dict(what)

    def bring_back(job: Job) -> None:
        restored = unarchive_job(job, actor=actor, now=now)
        if was_on[str(job.pk)]:
            resume_job(restored, actor=actor, now=now)

    return _each_job(was_on, actor, bring_back)


def _discard(what: Any, actor: Actor, now: datetime) -> Undone:
    runs = (
        visible_runs(actor).filter(pk__in=[uuid.UUID(text) for text in what]).select_related("job")
    )
    count = undo_discard(runs, actor=actor, now=now)
    left = len(what) - count
    return f"{count:,} dead letter{'s' if count != 1 else ''} restored", [
        f"{left:,} could not be undone."
    ] if left else []


def _acknowledge(what: Any, actor: Actor, now: datetime) -> Undone:
    """``what``: the ids of the alerts."""
    done, problems = _each_alert(
        what, actor, lambda alert, _: undo_acknowledge(alert, actor=actor, now=now)
    )
    listed = "the alert is" if done == 1 else f"{done:,} alerts are"
    return f"{listed} listed again" if done else "", problems


def _take_back_again(what: Any, actor: Actor, now: datetime) -> Undone:
    """``what``: by the ids of the alerts, what the acknowledgements said that were taken back."""
    said = {pk: {"reason": why, "until": end and read_moment(end)} for pk, why, end in what}
    done, problems = _each_alert(
        list(said),
        actor,
        lambda alert, pk: acknowledge_alert(alert, actor=actor, now=now, **said[pk]),
    )
    hidden = "the alert is" if done == 1 else f"{done:,} alerts are"
    return f"{hidden} acknowledged again" if done else "", problems


def _each_alert(
    ids: Sequence[int], actor: Actor, do: Callable[[Alert, int], Any]
) -> tuple[int, list[str]]:
    done, problems = 0, list[str]()
    for pk in ids:
        try:
            do(find_alert(pk, actor=actor), pk)
            done += 1
        except DomainError as error:
            problems.append(str(error))
    return done, list(dict.fromkeys(problems))


KINDS: dict[str, Callable[[Any, Actor, datetime], Undone]] = {
    "pause": _pause,
    "archive": _archive,
    "discard": _discard,
    "acknowledge": _acknowledge,
    "take_back": _take_back_again,
}


def _each_job(ids: Iterable[str], actor: Actor, do: Callable[[Job], Any]) -> Undone:
    done, problems = list[str](), list[str]()
    for job in visible_jobs(actor).filter(pk__in=list(ids)).order_by("name"):
        try:
            do(job)
            done.append(job.name)
        except DomainError as error:
            problems.append(f"{job.name}: {error}")
    names = done[0] if len(done) == 1 else f"{len(done)} jobs"
    return f"{names} restored" if done else "", problems


def _plain(before: Before) -> dict[str, Any]:
    return {
        name: iso(value) if isinstance(value, datetime) else value
        for name, value in asdict(before).items()
    }


def _rich(stored: dict[str, Any]) -> Before:
    moments = {name: read_moment(stored[name]) for name in MOMENTS if stored[name]}
    return Before(**(stored | moments))
