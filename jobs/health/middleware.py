"""Answers the probes before any other middleware sees them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from jobs.health.views import healthz, livez, readyz

ANSWERS = {"/livez": livez, "/readyz": readyz, "/healthz": healthz}
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def probes(get_response: GetResponse) -> GetResponse:
    """The first middleware: a probe's address is answered here, any other goes on."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = ANSWERS.get(request.path_info)
        if answer is None:
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return answer()

    return middleware
