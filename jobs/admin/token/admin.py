"""API tokens in the site: one's own, and those of others for whom may manage them.

A secret is shown once.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from jobs.access.actor import actor_of
from jobs.actions.people.tokens import Created, create_token, require_token, revoke_token
from jobs.admin.closed import ClosedAdmin
from jobs.admin.look.confirming import ask_to_confirm, is_sure
from jobs.admin.look.shown_once import shown_once, tell_next_page, told_by_last_page
from jobs.admin.site import site
from jobs.admin.token.listing import revoke_confirmation, token_list
from jobs.errors import DomainError, Forbidden
from jobs.models import ApiToken
from jobs.queries.access.tokens import TokenNotFound, find_user, token_by_id

HERE = "beatwright:beatwright_apitoken_changelist"
MADE = "token_made"


@admin.register(ApiToken, site=site)
class ApiTokenAdmin(ClosedAdmin):
    def get_urls(self) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(function)

        return [
            path("", view(self.changelist_view), name="beatwright_apitoken_changelist"),
            path(
                "create/", view(require_POST(self.create_view)), name="beatwright_apitoken_create"
            ),
            path("<uuid:pk>/revoke/", view(self.revoke_view), name="beatwright_apitoken_revoke"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        actor_of(request).require("beatwright.add_apitoken")
        return shown_once(
            self._page(request, {"created": told_by_last_page(request, MADE)}), MADE, reverse(HERE)
        )

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """Back to the list, which shows the secret once: reloading it makes no second token."""
        try:
            created = self._created(request)
        except Forbidden:
            raise
        except DomainError as error:
            return self._page(request, {"error": error, "written": request.POST}, status=422)
        told = {"name": created.token.name, "secret": created.secret}
        return tell_next_page(request, MADE, reverse(HERE), told)

    def revoke_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Asks; POST with ``sure``: end it."""
        try:
            token = token_by_id(pk, actor=actor_of(request))
        except TokenNotFound as error:
            raise Http404(str(error)) from error
        everybody = "?all=1" if "all" in request.GET or "all" in request.POST else ""
        if not is_sure(request):
            require_token(token, actor=actor_of(request))
            crumbs = [("API tokens", reverse(HERE))]
            return ask_to_confirm(
                self.admin_site,
                request,
                revoke_confirmation(token, everybody, timezone.now()),
                crumbs,
            )
        try:
            revoke_token(token, actor=actor_of(request), now=timezone.now())
            messages.success(request, f"Revoked {token.name}.")
        except Forbidden:
            raise
        except DomainError as error:
            messages.error(request, f"{token.name}: {error}")
        return HttpResponseRedirect(reverse(HERE) + everybody)

    def _created(self, request: HttpRequest) -> Created:
        actor, written = actor_of(request), request.POST
        days = written.get("days", "")
        return create_token(
            find_user(written.get("owner", "").strip() or actor.name),
            name=written.get("name", ""),
            actor=actor,
            now=timezone.now(),
            scopes=[scope for scope in written.getlist("scope") if scope],
            tags=[
                tag
                for text in written.get("tags", "").split(",")
                if (tag := text.strip().lstrip("#"))
            ],
            days=int(days) if days.isdecimal() and len(days) < 6 else 0,
        )

    def _page(
        self, request: HttpRequest, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **token_list(request, timezone.now()),
            **context,
        }
        context["title"] = "API tokens"
        return TemplateResponse(request, "console/token/list.html", context, status=status)
