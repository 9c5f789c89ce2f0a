"""One calendar: what it closes, month by month, and the jobs that name it; and its removal."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.actions.calendars.editing import delete_calendar
from jobs.admin.calendar.listing import MANAGES, READS, calendar_line, may_manage
from jobs.admin.calendar.month import month_in, month_of
from jobs.admin.look.confirming import ask_and_remove
from jobs.admin.look.times import viewer_times, zone_of
from jobs.errors import CalendarNotFound, DomainError
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
    return ask_and_remove(
        site,
        request,
        "calendar",
        name,
        "What it closes is open from now on. A calendar that jobs name is not removed.",
        partial(delete_calendar, name, actor=actor, now=timezone.now()),
    )
