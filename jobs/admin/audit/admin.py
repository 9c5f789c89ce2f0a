"""The audit in the site: a list to read; nothing here writes, and nothing deletes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.admin.audit.listing import audit_list
from jobs.admin.results import ReadOnlyAdmin
from jobs.admin.site import site
from jobs.models import AuditEntry


@admin.register(AuditEntry, site=site)
class AuditAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        """The list is the only page."""
        return [
            path(
                "",
                self.admin_site.admin_view(self.changelist_view),
                name="beatwright_auditentry_changelist",
            )
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        actor_of(request).require("beatwright.view_auditentry")
        context = {
            **self.admin_site.each_context(request),
            **audit_list(request, timezone.now()),
            "title": "Audit",
        }
        return TemplateResponse(request, "console/audit/list.html", context)
