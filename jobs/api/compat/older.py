"""What the older systems' addresses share: who may call, and what is said beside an answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import conf
from jobs.access.actor import Actor, Surface
from jobs.access.opening import Opening, networks_in
from jobs.api.access import Bearer, InProcess, Session
from jobs.api.views.resource import Resource

# What browsers send of a page that asks, and programs do not.
OF_BROWSERS = frozenset({"origin", "sec-fetch-site"})
# 299: it is about the answer itself, however long that is kept.
WARNING = '299 beatwright "{}"'
LONGEST_WARNING = 500


class WithoutToken(BaseAuthentication):
    """A program of this machine, or of a network that is let in, which shows no token: as over
    gRPC.

    No page in a browser: it could be anybody's. What changes something comes as JSON, which no form
    of a page's sends.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Actor] | None:
        headers = {name.lower() for name in request.headers}
        if (
            "authorization" in headers
            or not OF_BROWSERS.isdisjoint(headers)
            or not _is_json(request)
        ):
            return None
        found = conf.get()
        opening = Opening(found.compat_open_on_loopback, networks_in(found.compat_open_networks))
        actor = opening.actor_at(request.META.get("REMOTE_ADDR", ""), Surface.API, headers)
        return (AnonymousUser(), actor) if actor else None


class OlderSystem(Resource):
    """An address of a system whose clients send no token."""

    authentication_classes = (Bearer, InProcess, Session, WithoutToken)


def _is_json(request: Request) -> bool:
    """Whether it brings JSON, or has no body to bring."""
    has_none = request.method in {"GET", "HEAD", "DELETE"}
    return has_none or request.content_type.partition(";")[0].strip().lower() == "application/json"


def with_warnings(response: Response, warnings: Iterable[str]) -> Response:
    """The answer, with what was made of the request that its sender may not expect, in the header
    ``Warning``.
    """
    told = [text for text in warnings if text]
    if told:
        response["Warning"] = ", ".join(map(_quoted, told))
    return response


def _quoted(text: str) -> str:
    plain = text.encode("ascii", "replace").decode()[:LONGEST_WARNING]
    return WARNING.format(
        "".join(each for each in plain if each.isprintable() and each not in '"\\')
    )
