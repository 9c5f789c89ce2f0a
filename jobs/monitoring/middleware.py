"""Answers what monitoring asks before any other middleware sees it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from jobs.monitoring.views import healthz, livez, metrics, readyz

ANSWERS = {"/livez": livez, "/readyz": readyz, "/healthz": healthz, "/metrics": metrics}
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def monitoring(get_response: GetResponse) -> GetResponse:
    """The first middleware: monitoring's addresses are answered here, any other goes on."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = ANSWERS.get(request.path_info)
        if answer is None:
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return answer(request)

    return middleware
