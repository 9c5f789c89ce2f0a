"""The console's one AdminSite: its first page, what every page's header shows, and its own addresses."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from jobs.access.actor import actor_of
from jobs.admin import dashboard, header
from jobs.admin.importing import views as importing
from jobs.admin.job import preview


class ConsoleSite(UnfoldAdminSite):
    """Unfold's site with a dashboard instead of a list of apps."""

    index_title = "Dashboard"
    site_url = None
    enable_nav_sidebar = True

    def extra_urls(self) -> list[URLPattern | URLResolver]:
        """Unfold's hook for addresses ahead of the models' own."""
        return [
            path("_f/dashboard/", self.admin_view(self.dashboard_fragment), name="dashboard_fragment"),
            path("_p/schedule/", self.admin_view(preview.schedule_preview), name="schedule_preview"),
            path("_p/task/", self.admin_view(preview.task_help), name="task_help"),
            path("jobs/import/", self.admin_view(self.import_view), name="jobs_import"),
            path("jobs/import/<uuid:pk>/", self.admin_view(self.import_plan_view), name="jobs_import_plan"),
        ]

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """Unfold's hook for what every page needs."""
        if self.has_permission(request):
            context["scheduler"] = header.scheduler_status(timezone.now())
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        panels = dashboard.panels(actor_of(request), timezone.now())
        context = {**self.each_context(request), "title": self.index_title, **panels, **(extra_context or {})}
        request.current_app = self.name
        return TemplateResponse(request, "console/dashboard/page.html", context)

    def dashboard_fragment(self, request: HttpRequest) -> HttpResponse:
        """The panels alone, for the page's own refresh."""
        return TemplateResponse(
            request, "console/dashboard/_panels.html", dashboard.panels(actor_of(request), timezone.now())
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        return importing.import_page(request, self)

    def import_plan_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        return importing.plan_page(request, self, pk)


site = ConsoleSite(name="admin")
