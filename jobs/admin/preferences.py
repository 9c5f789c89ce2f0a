"""What each viewer chooses for themselves: in whose zone times are shown, and how close together
rows are. Kept in their session.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import cache, partial
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from jobs.admin.look.paging import back
from jobs.admin.look.times import CHOICES, Shown, showing, zone_of

TIMES, DENSITY = "times", "density"
DENSITIES = ("comfortable", "compact")
ZONE_COOKIE = "zone"  # set by console.js: the browser's zone


def times_of(request: HttpRequest) -> Shown:
    """The viewer's choice; a zone that nobody knows is read as UTC."""
    choice = request.session.get(TIMES, "")
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


def density_of(request: HttpRequest) -> str:
    """How close together the rows of a list are: one of DENSITIES."""
    choice = request.session.get(DENSITY, "")
    return choice if choice in DENSITIES else DENSITIES[0]


def choose_times(request: HttpRequest) -> HttpResponse:
    """POST ``times`` (one of CHOICES) and ``next``, the page to go back to."""
    return _keep(request, TIMES, CHOICES)


def choose_density(request: HttpRequest) -> HttpResponse:
    """POST ``density`` (one of DENSITIES) and ``next``, the page to go back to."""
    return _keep(request, DENSITY, DENSITIES)


def _keep(request: HttpRequest, name: str, choices: Container[str]) -> HttpResponse:
    """The choice, if it is one, in the session."""
    choice = request.POST.get(name, "")
    if choice in choices:
        request.session[name] = choice
    return HttpResponseRedirect(back(request, reverse("beatwright:index")))
