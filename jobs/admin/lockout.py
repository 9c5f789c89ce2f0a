"""The answer to somebody who has typed too many wrong passwords."""

from __future__ import annotations

from typing import Any

from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse

from jobs.admin.look.frame import console_page
from jobs.admin.site import site
from jobs.words import roughly


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """429 with a page that says for how long; django-axes calls it instead of answering the
    login.
    """
    wait = get_cool_off(request)
    seconds = wait.total_seconds() if wait else 0
    context = {
        **site.each_context(request),
        "title": "Too many wrong passwords",
        "wait": roughly(seconds),
    }
    response = console_page(request, "console/locked_out.html", context, status=429)
    response.headers["Retry-After"] = f"{seconds:.0f}"
    return response
