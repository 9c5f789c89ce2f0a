"""The proxy view: a staff member's read goes to Flower, everything else stops here."""

from __future__ import annotations

import logging

import httpx
from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from jobs.flower.client import body_of, headers_of, open_answer
from jobs.flower.policy import CONTENT_SECURITY_POLICY, TASKS_TABLE, is_forwarded, is_read

logger = logging.getLogger(__name__)


@csrf_exempt  # Flower's own table posts without Django's token; nothing that is forwarded changes anything
@staff_member_required
def flower(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer what Flower answers, 405 to anything but a read, 502 in plain words while Flower is away."""
    if not is_read(str(request.method), path):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not is_forwarded(path):
        raise Http404
    method = "HEAD" if request.method == "HEAD" else "GET"
    try:
        answer = open_answer(str(settings.FLOWER_SOCKET), method, _target(request, path), request.headers)
    except httpx.InvalidURL:
        return HttpResponseBadRequest("The address is too long.")
    except httpx.HTTPError as error:
        logger.warning("Flower does not answer", extra={"error": str(error)})
        return render(request, "flower/down.html", status=502)
    return _forwarded(answer, method)


def _target(request: HttpRequest, path: str) -> str:
    if path == TASKS_TABLE and request.method == "POST":
        return f"{request.path}?{request.POST.urlencode()}"
    return request.get_full_path()


def _forwarded(answer: httpx.Response, method: str) -> HttpResponseBase:
    headers = headers_of(answer) | {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    if method == "HEAD":
        answer.close()
        return HttpResponse(status=answer.status_code, headers=headers)
    return StreamingHttpResponse(body_of(answer), status=answer.status_code, headers=headers)
