"""API tokens in the site: one's own, and those of others for whom may manage them. A secret is shown once."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from jobs.access.actor import actor_of
from jobs.actions.tokens import Created, create_token, revoke_token
from jobs.admin.site import site
from jobs.admin.token.listing import listing
from jobs.errors import DomainError, Forbidden
from jobs.models import ApiToken
from jobs.queries.tokens import find_user


@admin.register(ApiToken, site=site)
class ApiTokenAdmin(ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(function)

        return [
            path("", view(self.changelist_view), name="jobs_apitoken_changelist"),
            path("create/", view(require_POST(self.create_view)), name="jobs_apitoken_create"),
            path("<uuid:pk>/revoke/", view(require_POST(self.revoke_view)), name="jobs_apitoken_revoke"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        actor_of(request).require("jobs.add_apitoken")
        return self._page(request, {})

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """Answers the page itself, with the secret on it: after the next click it is nowhere."""
        try:
            return self._page(request, {"created": self._created(request)})
        except Forbidden:
            raise
        except DomainError as error:
            return self._page(request, {"error": error, "written": request.POST}, status=422)

    def revoke_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        token = ApiToken.objects.select_related("user").filter(pk=pk).first()
        if token is None:
            raise Http404("There is no such token.")
        try:
            revoke_token(token, actor=actor_of(request), now=timezone.now())
            messages.success(request, f"{token.name} is revoked.")
        except Forbidden:
            raise
        except DomainError as error:
            messages.error(request, f"{token.name}: {error}")
        everybody = "?all=1" if "all" in request.POST else ""
        return HttpResponseRedirect(reverse("admin:jobs_apitoken_changelist") + everybody)

    def _created(self, request: HttpRequest) -> Created:
        actor, written = actor_of(request), request.POST
        days = written.get("days", "")
        return create_token(
            find_user(written.get("owner", "").strip() or actor.name),
            name=written.get("name", ""),
            actor=actor,
            now=timezone.now(),
            scopes=[scope for scope in written.getlist("scope") if scope],
            tags=[tag for text in written.get("tags", "").split(",") if (tag := text.strip().lstrip("#"))],
            days=int(days) if days.isdecimal() and len(days) < 6 else 0,
        )

    def _page(self, request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **listing(request, timezone.now()), **context}
        context["title"] = "API tokens"
        return TemplateResponse(request, "console/token/list.html", context, status=status)
