"""The pages of somebody who may not, or cannot now, do what they asked for: what is in the way, and
who can help.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from jobs.admin.look.frame import console_page
from jobs.admin.site import site
from jobs.database.locks import is_lock_timeout, is_statement_timeout, with_lock_holders
from jobs.errors import LOCKED, TOO_SLOW, Forbidden, UnreadableFilter
from jobs.queries.access.people import who_can_grant

logger = logging.getLogger(__name__)


class RefusalPages:
    """Middleware: what an action or a page raised becomes a page: a Forbidden, an unknown word, a
    lock waited for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_page(request, exception)


def refusal_page(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The page that says what the error says to somebody; None where it says nothing to anybody."""
    if isinstance(error, Forbidden):
        return not_allowed_page(request, error)
    if isinstance(error, Http404):
        return missing(request, error)
    if isinstance(error, UnreadableFilter):
        return unreadable_filter(request, error)
    if is_statement_timeout(error):
        return slow(request, error)
    return locked(request, error) if is_lock_timeout(error) else None


def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """What the address names is not there, or is not for this person; somebody who is not signed in
    gets no frame.
    """
    said = str(error.args[0]) if error.args and isinstance(error.args[0], str) else ""
    context = {
        **site.each_context(request),
        "title": "Not found",
        "message": said or "There is no page at this address.",
        "may_search": site.has_permission(request),
    }
    return console_page(request, "console/missing.html", context, status=404)


def locked(request: HttpRequest, error: Exception) -> HttpResponse:
    """Some other session keeps a row or a table locked: who that is, the log says."""
    logger.warning("a request waited for a lock in vain: %s", with_lock_holders(error))
    return console_page(
        request, "console/locked.html", {"title": "Locked", "message": LOCKED}, status=503
    )


def slow(request: HttpRequest, error: Exception) -> HttpResponse:
    """What was asked for takes the database longer than one request may."""
    logger.warning("a request's statement was given up: %s", error)
    return console_page(
        request, "console/locked.html", {"title": "Too slow", "message": TOO_SLOW}, status=503
    )


def unreadable_filter(request: HttpRequest, error: UnreadableFilter) -> HttpResponse:
    """The address narrows a list to what there is not, or what cannot be read: neither all of it
    nor none is what was meant.
    """
    message = f"{error.field} {error}"
    context = {
        **site.each_context(request),
        "title": "Unknown filter",
        "message": message,
        "path": request.path,
    }
    return console_page(request, "console/unknown_filter.html", context, status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403: its own admin pages say no without saying what is missing."""
    return not_allowed_page(request, None)


def not_allowed_page(request: HttpRequest, error: Forbidden | None) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": "Not allowed",
        "message": str(error)
        if error
        else "Your account does not have permission to open this page",
        "permission": error.permission if error else "",
        "granters": who_can_grant() if request.user.is_authenticated else [],
    }
    return console_page(request, "console/refused.html", context, status=403)
