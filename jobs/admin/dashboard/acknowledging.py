"""Saying on the dashboard that one looks into a matter."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from jobs.access.actor import actor_of
from jobs.actions.alerts import acknowledge_alert
from jobs.admin import undo
from jobs.errors import DomainError, Forbidden
from jobs.queries.alerts import AlertNotFound, find_alert

SNOOZES = {"": None, "1": timedelta(hours=1), "4": timedelta(hours=4), "24": timedelta(days=1)}


def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """POST ``reason`` and ``hours`` (empty: until it is over)."""
    actor, now = actor_of(request), timezone.now()
    actor.require("beatwright.change_alert")
    span = SNOOZES.get(request.POST.get("hours", ""))
    reason, until = request.POST.get("reason", "").strip(), now + span if span else None
    try:
        acknowledge_alert(
            find_alert(pk, actor=actor), actor=actor, reason=reason, until=until, now=now
        )
        taken_back = undo.offer(request, "acknowledge", str(pk))
        messages.success(request, format_html("Hidden while you investigate.{}", taken_back))
    except AlertNotFound as error:
        raise Http404(str(error)) from error
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("beatwright:index"))
