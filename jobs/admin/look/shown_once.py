"""A secret on its way from the page that made it to the page that shows it: this side keeps nothing
but its hash.

It is in a signed cookie for that page alone, for a minute, and the page takes it away.
"""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from jobs.admin.look.revealing import never_stored

SHOWN_WITHIN_SECONDS = 60

Told = dict[str, str]


def tell_next_page(request: HttpRequest, name: str, address: str, told: Told) -> HttpResponse:
    """On to the page of this address, which shows what is told: reloading it does nothing again."""
    response = HttpResponseRedirect(address)
    text = signing.dumps(told, salt=name)
    response.set_cookie(
        name, text, max_age=SHOWN_WITHIN_SECONDS, path=address, secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )  # fmt: skip
    return response


def told_by_last_page(request: HttpRequest, name: str) -> Told | None:
    """What the page before told this one, if it did."""
    try:
        told: Told = signing.loads(request.COOKIES[name], salt=name, max_age=SHOWN_WITHIN_SECONDS)
    except (KeyError, signing.BadSignature):
        return None
    return told


def shown_once(response: HttpResponse, name: str, address: str) -> HttpResponse:
    """The page that has shown it."""
    response.delete_cookie(name, path=address)
    return never_stored(response)
