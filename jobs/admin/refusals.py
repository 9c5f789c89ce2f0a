"""The page of somebody who may not do what they asked for: what is missing, and who can give it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from jobs.admin.site import site
from jobs.errors import Forbidden
from jobs.queries.people import who_can_grant


class RefusalPages:
    """Middleware: a Forbidden that an action, or a page, has raised becomes its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refused(request, exception) if isinstance(exception, Forbidden) else None


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403: its own admin pages say no without saying what is missing."""
    return refused(request, None)


def refused(request: HttpRequest, error: Forbidden | None) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": "Not allowed",
        "message": str(error) if error else "Your account has no permission for this page",
        "permission": error.permission if error else "",
        "granters": who_can_grant() if request.user.is_authenticated else [],
    }
    return render(request, "403.html", context, status=403)
