"""What holds for every answer, whoever gives it: nobody keeps it unasked, no browser guesses what
it is.

And what holds for every request: its text is in an encoding of the web's. Python knows a hundred
others, some of which are no encodings of text at all.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]
ENCODINGS = {
    "",
    "utf-8",
    "utf8",
    "us-ascii",
    "ascii",
    "iso-8859-1",
    "latin-1",
    "latin1",
    "windows-1252",
}
ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def careful(get_response: GetResponse) -> GetResponse:
    """The first middleware.

    An answer that says itself how it may be kept, as static files do, is left so.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request) if _is_readable(request) else _unreadable()
        for name, value in ALWAYS.items():
            answer.headers.setdefault(name, value)
        return answer

    return middleware


def _is_readable(request: HttpRequest) -> bool:
    charset = (request.content_params or {}).get("charset", "")
    return charset.strip("'\" ").lower() in ENCODINGS


def _unreadable() -> HttpResponse:
    text = "the charset of a request may be utf-8\n"
    return HttpResponse(text, status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, content_type="text/plain")
