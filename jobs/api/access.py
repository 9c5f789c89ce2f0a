"""Who asks: the one place where a request becomes an Actor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import now
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from jobs.access.actor import Actor, Surface, actor_of, caller_in_process
from jobs.access.address import client_address
from jobs.access.tokens import actor_from_token
from jobs.errors import InvalidToken

if TYPE_CHECKING:
    # Which imports the classes of this module by their names in settings.
    from rest_framework.views import (
        APIView,
    )


def actor_in(request: Request) -> Actor:
    """The token's owner, who calls from within this process, or who is signed in to the console."""
    if isinstance(request.auth, Actor):
        return request.auth
    return replace(actor_of(request), surface=Surface.API)


class Bearer(BaseAuthentication):
    """``Authorization: Bearer bw_…``"""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Actor] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            actor = actor_from_token(
                text.strip(), address=client_address(request), surface=Surface.API, now=now()
            )
        except InvalidToken as error:
            raise AuthenticationFailed(str(error)) from None
        return AnonymousUser(), actor

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class InProcess(BaseAuthentication):
    """A command of this process: who can start it reads the database and SECRET_KEY as well."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Actor] | None:
        actor = caller_in_process(request.META)
        return (AnonymousUser(), actor) if actor else None


class Session(SessionAuthentication):
    """A session of the console's; what changes something needs its CSRF token."""


class MayRead(BasePermission):
    """Somebody known, who for reading holds the view's ``reads``; for what changes something the
    action asks.
    """

    SAFE: ClassVar = ("GET", "HEAD", "OPTIONS")

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Actor) and not request.user.is_authenticated:
            return False
        needed: str = getattr(view, "reads", "")
        if request.method in self.SAFE and needed:
            actor_in(request).require(needed)
        return True
