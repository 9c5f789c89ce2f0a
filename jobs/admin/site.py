"""The console's one AdminSite: its first page, what every page's header shows, and its own
addresses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite

from jobs import conf
from jobs.access import audit
from jobs.access.actor import actor_of
from jobs.access.address import client_address
from jobs.access.rates import count_login
from jobs.admin import doors, preferences, search, undo
from jobs.admin.alert.urls import alert_urls
from jobs.admin.bulk.urls import bulk_urls
from jobs.admin.calendar.urls import calendar_urls
from jobs.admin.dashboard import page as dashboard
from jobs.admin.dead.urls import dead_letter_urls
from jobs.admin.importing.urls import import_urls
from jobs.admin.job.form.urls import preview_urls
from jobs.admin.look import header
from jobs.admin.look.frame import console_page, framed
from jobs.admin.look.theme import CONSOLE
from jobs.admin.look.times import viewer_times
from jobs.admin.night.urls import night_urls
from jobs.admin.notice.urls import notice_urls
from jobs.admin.person.signed_out import forget_why, why_signed_out
from jobs.admin.person.urls import person_urls
from jobs.admin.places.urls import place_urls
from jobs.admin.run.list.urls import run_list_urls
from jobs.admin.saved.pages import saved_urls
from jobs.models.access.user import User
from jobs.moments import iso


class ConsoleSite(UnfoldAdminSite):
    """Unfold's site with a dashboard instead of a list of apps."""

    index_title = "Dashboard"
    site_url = None
    enable_nav_sidebar = True
    settings_name = "BEATWRIGHT_CONSOLE"
    login_form = doors.HandingOver if doors.is_extended() else None
    login_template = "console/login.html"

    def get_urls(self) -> list[URLPattern]:
        """All of them within the console's frame, those that one need not be signed in for as
        well.
        """
        patterns: list[URLPattern] = super().get_urls()
        for pattern in _views_of(patterns):
            pattern.callback = self.in_frame(pattern.callback)
        return patterns

    def in_frame(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        """A view with the console's templates, headers and refusals, wherever its address is."""
        # Its pages stand in the frame of this site.
        refusal = import_string("jobs.admin.refusals.refusal_page")
        return framed(view, refusal)

    def extra_urls(self) -> list[URLPattern | URLResolver]:
        """Unfold's hook for addresses ahead of the models' own."""
        return [
            path("_f/header/", self.admin_view(header.header_fragment), name="header_fragment"),
            path(
                "_f/dashboard/",
                self.admin_view(dashboard.dashboard_fragment),
                name="dashboard_fragment",
            ),
            path("undo/", self.admin_view(require_POST(undo.undo)), name="undo"),
            path("times/", self.admin_view(require_POST(preferences.choose_times)), name="times"),
            path(
                "density/",
                self.admin_view(require_POST(preferences.choose_density)),
                name="density",
            ),
            *alert_urls(self),
            *place_urls(self),
            *calendar_urls(self),
            *notice_urls(self),
            *dead_letter_urls(self),
            *bulk_urls(self),
            *(person_urls(self) if conf.get().site else ()),
            *import_urls(self),
            *night_urls(self),
            *saved_urls(self),
            *run_list_urls(self),
            *preview_urls(self),
        ]

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """Unfold's hook for what every page needs."""
        if self.has_permission(request):
            now = timezone.now()
            context["header"], context["served_at"] = header.header(now), iso(now)
            context["times"] = viewer_times().choice
            context["density"] = preferences.density_of(request)
        return context

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        page = dashboard.context(request, timezone.now())
        context = {
            **self.each_context(request),
            "title": self.index_title,
            **page,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, "console/dashboard/page.html", context)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own, as often a minute as LOGIN_RATE_PER_MINUTE lets one address try."""
        if request.method == "POST":
            rate = count_login(client_address(request), now=time.time())
            if rate is not None and rate.is_exceeded:
                context = {
                    **self.each_context(request),
                    "title": "Too many attempts",
                    "seconds": rate.resets_in,
                }
                answer = console_page(
                    request,
                    "console/too_many_tries.html",
                    context,
                    status=HTTPStatus.TOO_MANY_REQUESTS,
                )
                answer.headers["Retry-After"] = str(rate.resets_in)
                return answer
        context = {"signed_out": why_signed_out(request), "single_sign_on": doors.single_sign_on()}
        try:
            return forget_why(
                cast("HttpResponse", super().login(request, context | (extra_context or {})))
            )
        except doors.HandedOver as handed:
            return handed.answer

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own password; Django writes no log line of it."""
        with transaction.atomic():
            answer: HttpResponse = super().password_change(request, extra_context)
            if answer.status_code == HTTPStatus.FOUND:
                now = timezone.now()
                audit.record(
                    actor_of(request),
                    audit.Verb.CHANGE_PASSWORD,
                    cast("User", request.user),
                    now=now,
                )
        return answer

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """In place of unfold's search over models: jobs, runs and pages."""
        return search.search(request, self)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Nobody's: no form of ours asks, and Django would search all jobs for whoever may see
        some.
        """
        raise Http404("This page does not exist.")


def _views_of(patterns: list[URLPattern]) -> Iterator[URLPattern]:
    """The addresses themselves, of what is included as well."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views_of(pattern.url_patterns)
        else:
            yield pattern


# Unfold takes the looks of a site from a setting; those of the console are its own, in whatever
# project it is.
setattr(settings, ConsoleSite.settings_name, CONSOLE)
site = ConsoleSite(name="beatwright")
