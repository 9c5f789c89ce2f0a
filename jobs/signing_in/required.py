"""Middleware: who has to have a second factor and has none is led to where one is set up, from
wherever they go.

A session remembers that it was begun with one, or at the provider, which asks for one itself: that
costs no query.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from jobs import conf
from jobs.access.actor import actor_of
from jobs.access.roles import ROLES, Role

PASSED = "second_factor"
OPEN = (
    "mfa_activate_totp",
    "mfa_view_recovery_codes",
    "account_reauthenticate",
    "mfa_reauthenticate",
)
OURS = ("beatwright:logout", "beatwright:login", "beatwright:password_change")
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def require_second_factor(get_response: GetResponse) -> GetResponse:
    """After allauth's own middleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _in_the_way(request) or get_response(request)

    return middleware


def is_required(request: HttpRequest) -> bool:
    """Whether who is signed in here has to have one: everybody, or whoever may do more than
    look.
    """
    if conf.get().second_factor == "operators":
        permissions = actor_of(request).permissions
        return permissions is None or not permissions <= ROLES[Role.VIEWER]
    return bool(conf.get().second_factor == "everybody")


def _in_the_way(request: HttpRequest) -> HttpResponseBase | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    if (
        request.session.get(PASSED) == request.user.pk
        or not is_required(request)
        or request.path in _open_addresses()
    ):
        return None
    if is_mfa_enabled(request.user):
        logout(request)  # begun before there was one: in again, with both
        return HttpResponseRedirect(reverse("beatwright:login"))
    if request.path.startswith(reverse("beatwright:index")):
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    return JsonResponse({"detail": "set up a second factor at the console first"}, status=403)


def _open_addresses() -> set[str]:
    return {reverse(name) for name in (*OPEN, *OURS)}
