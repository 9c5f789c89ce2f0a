"""The alerts page and its refresh."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.admin.alert.listing import alert_list
from jobs.admin.look import live, paging
from jobs.queries.site.change_token import change_token

HERE = ("Alerts", "beatwright:alerts")
TO_SEE = "beatwright.view_alert"


def alert_list_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor_of(request).require(TO_SEE)
    context = site.each_context(request) | alert_list(request, timezone.now())
    context |= {
        "title": "One cause" if context["cause"] else HERE[0],
        "crumbs": [(HERE[0], reverse(HERE[1]))] if context["cause"] else [],
        "live_url": reverse("beatwright:alerts_fragment") + paging.link(request),
    }
    return TemplateResponse(request, "console/alert/list.html", context)


def alert_list_fragment(request: HttpRequest) -> HttpResponse:
    """The rows alone, for the page's own refresh."""
    actor_of(request).require(TO_SEE)
    now = timezone.now()
    return live.answer(
        request,
        change_token(now=now),
        lambda: TemplateResponse(request, "console/alert/_rows.html", alert_list(request, now)),
    )
