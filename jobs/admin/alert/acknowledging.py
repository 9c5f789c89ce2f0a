"""Saying that one looks into a matter, and taking it back: one alert, or all of a cause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.access.actor import Actor, actor_of
from jobs.actions.alerts import acknowledge_alert, acknowledge_cause, undo_acknowledge_cause
from jobs.actions.undo import undo_acknowledge
from jobs.admin import undo
from jobs.admin.look.paging import back
from jobs.errors import DomainError, Forbidden, NotFound
from jobs.models import Alert, AlertState
from jobs.moments import iso
from jobs.queries.attention.alerts import alerts_in, find_alert

MOST = 1_000
UNDONE_MOST = 200  # what the session keeps
HIDDEN = "Hidden while you investigate."
HIDDEN_ALL = "alerts are hidden while you investigate."

#: The alert's id, and the reason and end of its acknowledgement.
Kept = tuple[int, str, str | None]

SNOOZES = {
    "": None,
    "1": timedelta(hours=1),
    "4": timedelta(hours=4),
    "24": timedelta(days=1),
    "168": timedelta(days=7),
}


def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """POST ``reason`` and ``hours`` (empty: until it is over)."""

    def do(actor: Actor, now: datetime) -> list[Alert]:
        alert, said = find_alert(pk, actor=actor), _said(request, now)
        return [acknowledge_alert(alert, actor=actor, now=now, **said)]

    return _acknowledge(request, do)


def acknowledge_all(request: HttpRequest) -> HttpResponse:
    """POST ``cause``, ``reason`` and ``hours``."""

    def do(actor: Actor, now: datetime) -> list[Alert]:
        return acknowledge_cause(_cause(request), actor=actor, now=now, **_said(request, now))

    return _acknowledge(request, do)


def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: the alert needs attention again."""

    def do(actor: Actor, now: datetime) -> list[Kept]:
        alert = find_alert(pk, actor=actor)
        kept = _kept(alert)
        undo_acknowledge(alert, actor=actor, now=now)
        return [kept]

    return _take_back(request, do)


def take_back_all(request: HttpRequest) -> HttpResponse:
    """POST ``cause``: all of it needs attention again."""

    def do(actor: Actor, now: datetime) -> list[Kept]:
        cause = _cause(request)
        states = (AlertState.ACKNOWLEDGED, AlertState.SNOOZED)
        found = [alerts_in(state, MOST, actor=actor, cause=cause) for state in states]
        kept = list(map(_kept, chain.from_iterable(found)))
        undo_acknowledge_cause(cause, actor=actor, now=now)
        return kept

    return _take_back(request, do)


def _kept(alert: Alert) -> Kept:
    """What is needed to acknowledge it once more."""
    return alert.pk, alert.acknowledged_reason, iso(alert.snoozed_until)


def _acknowledge(
    request: HttpRequest, do: Callable[[Actor, datetime], Sequence[Alert]]
) -> HttpResponse:
    def act(actor: Actor, now: datetime) -> SafeString:
        pks = [alert.pk for alert in do(actor, now)]
        offered = undo.offer(request, "acknowledge", pks if len(pks) <= UNDONE_MOST else None)
        return format_html(
            "{}{}", HIDDEN if len(pks) == 1 else f"{len(pks):,} {HIDDEN_ALL}", offered
        )

    return _act(request, act)


def _take_back(
    request: HttpRequest, do: Callable[[Actor, datetime], Sequence[Kept]]
) -> HttpResponse:
    def act(actor: Actor, now: datetime) -> SafeString:
        kept = do(actor, now)
        offered = undo.offer(request, "take_back", kept if len(kept) <= UNDONE_MOST else None)
        number = "The alert needs" if len(kept) == 1 else f"{len(kept):,} alerts need"
        return format_html("{} attention again.{}", number, offered)

    return _act(request, act)


def _act(request: HttpRequest, act: Callable[[Actor, datetime], SafeString]) -> HttpResponse:
    actor = actor_of(request)
    actor.require("beatwright.change_alert")
    try:
        messages.success(request, act(actor, timezone.now()))
    except NotFound as error:
        raise Http404(str(error)) from error
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(back(request, reverse("beatwright:index")))


def _said(request: HttpRequest, now: datetime) -> dict[str, Any]:
    span = SNOOZES.get(request.POST.get("hours", ""))
    return {
        "reason": request.POST.get("reason", "").strip(),
        "until": now + span if span else None,
    }


def _cause(request: HttpRequest) -> str:
    return request.POST.get("cause", "").replace("\0", "")[:300]
