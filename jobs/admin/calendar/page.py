"""One calendar: what it closes, month by month, and the jobs that name it; and its removal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.actions.calendars.editing import delete_calendar
from jobs.admin.calendar.listing import MANAGES, READS, calendar_line, may_manage
from jobs.admin.calendar.month import month_in, month_of
from jobs.admin.look.confirming import Confirmation, ask_to_confirm, is_sure
from jobs.admin.look.times import viewer_times, zone_of
from jobs.errors import CalendarNotFound, DomainError, Forbidden
from jobs.models import Calendar
from jobs.queries.calendars import calendar_use, jobs_of_calendar


def calendar_page(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    actor = actor_of(request)
    actor.require(READS)
    try:
        use = calendar_use(name)
    except CalendarNotFound:
        raise Http404("This calendar does not exist.") from None
    now = timezone.now()
    seen = jobs_of_calendar(name, actor)
    context: dict[str, Any] = {
        "title": name,
        "crumbs": [("Calendars", reverse("beatwright:calendars"))],
        "calendar": use.calendar,
        "row": calendar_line(use, now),
        "jobs": seen,
        "unseen": max(0, use.jobs - len(seen)),
        "can_manage": may_manage(actor),
        **month_context(use.calendar, request.GET.get("month", "")),
    }
    return TemplateResponse(
        request, "console/calendar/page.html", site.each_context(request) | context
    )


def month_context(calendar: Calendar, text: str) -> dict[str, Any]:
    """The month, in the reader's zone, or why it cannot be shown."""
    zone = viewer_times().zone or "UTC"
    today = timezone.now().astimezone(zone_of(zone)).date()
    try:
        return {"month": month_of(calendar, month_in(text, today), zone, today), "zone": zone}
    except DomainError as error:
        return {"month_problem": str(error)}


def delete_calendar_page(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Asks; POST with ``sure``: remove the calendar."""
    actor = actor_of(request)
    actor.require_everywhere(MANAGES)
    if not is_sure(request):
        question = calendar_removal(name)
        crumbs = [("Calendars", reverse("beatwright:calendars"))]
        return ask_to_confirm(site, request, question, crumbs)
    try:
        delete_calendar(name, actor=actor, now=timezone.now())
        messages.success(request, f"Removed the calendar {name}.")
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"{name}: {error}")
    return HttpResponseRedirect(reverse("beatwright:calendars"))


def calendar_removal(name: str) -> Confirmation:
    """What stands before removing a calendar."""
    return Confirmation(
        title=f"Remove the calendar {name}?",
        button="Remove 1 calendar",
        action=reverse("beatwright:calendar_delete", args=[name]),
        back=reverse("beatwright:calendars"),
        says=["What it closes is open from now on. A calendar that jobs name is not removed."],
    )
