"""What each viewer chooses for themselves: in whose zone times are shown. Kept in their session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from jobs.admin.look.paging import back
from jobs.admin.look.times import CHOICES, Shown, showing, zone_of

KEY = "times"
ZONE_COOKIE = "zone"  # set by console.js: the browser's zone


def times_of(request: HttpRequest) -> Shown:
    """The viewer's choice; a zone that nobody knows is read as UTC."""
    choice = request.session.get(KEY, "")
    zone = zone_of(unquote(request.COOKIES.get(ZONE_COOKIE, "")))
    return Shown(choice if choice in CHOICES else "job", zone.key)


def viewers_times(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: pages show times as their viewer prefers.

    The session is read only if a time is shown.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with showing(cache(partial(times_of, request))):
            return get_response(request)

    return middleware


def choose_times(request: HttpRequest) -> HttpResponse:
    """POST ``times`` (one of CHOICES) and ``next``, the page to go back to."""
    choice = request.POST.get("times", "")
    if choice in CHOICES:
        request.session[KEY] = choice
    return HttpResponseRedirect(back(request, reverse("beatwright:index")))
