"""The proxy view: a staff member's read goes to Flower, everything else stops here."""

from __future__ import annotations

import logging

from django.contrib.admin.views.decorators import staff_member_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from jobs import conf
from jobs.access.actor import actor_of
from jobs.access.roles import FLOWER
from jobs.flower.client import FlowerAnswer, FlowerAway, ask_flower
from jobs.flower.policy import CONTENT_SECURITY_POLICY, TASKS_TABLE, is_forwarded, is_read

logger = logging.getLogger(__name__)


# Flower's own table posts without Django's token; nothing that is forwarded changes anything
@csrf_exempt
@staff_member_required
def flower(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer what Flower answers, 405 to anything but a read, 502 in plain words while Flower is
    away.
    """
    actor_of(request).require_everywhere(FLOWER)
    if not is_read(str(request.method), path):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not is_forwarded(path):
        raise Http404
    method = "HEAD" if request.method == "HEAD" else "GET"
    try:
        answer = ask_flower(
            conf.get().flower_socket, method, _target(request, path), request.headers
        )
    except FlowerAway as error:
        logger.warning("Flower does not answer: %s", error)
        return render(request, "flower/down.html", status=502)
    return _forwarded(answer, method)


def _target(request: HttpRequest, path: str) -> str:
    if path == TASKS_TABLE and request.method == "POST":
        return f"{request.path}?{request.POST.urlencode()}"
    return request.get_full_path()


def _forwarded(answer: FlowerAnswer, method: str) -> HttpResponseBase:
    headers = answer.headers | {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    if method == "HEAD":
        answer.close()
        return HttpResponse(status=answer.status, headers=headers)
    return StreamingHttpResponse(answer, status=answer.status, headers=headers)
