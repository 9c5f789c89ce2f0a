"""Parts of a page that refresh themselves.

To make a part live, three things:

1. a template of its own; every outermost element of it, and every row of a list in it, has an
   ``id``;
2. on the page, around or beside it: ``<div id="…" data-live="{% url "beatwright:…_fragment" %}">``;
3. behind that address a view: ``return live.answer(request, change_token(now=now), lambda:
   TemplateResponse(…))``.

``live.js`` asks for the address every few seconds and patches what comes into the elements with the
same ids. It keeps focus, selection, scroll, ticks, open menus and details; a row (``tr``, ``li`` or
``data-row``) that is in use is left until it is not. Rows of a ``<tbody id="…" data-live-list>``
that are new wait behind a button: include ``console/parts/new_rows.html`` with the list's id. The
attributes ``hidden``, ``disabled`` and ``open`` belong to the person: show a state by leaving the
element out. ``data-live-least="15"`` asks no more often than every 15 seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from jobs.admin.look import times


def answer(request: HttpRequest, mark: str, render: Callable[[], HttpResponse]) -> HttpResponse:
    """What ``render`` makes, or 304 where the browser has it already.

    ``mark`` changes whenever the part would: ``jobs.queries.site.change_token`` is one for all that
    runs change, in one query. It is read before the part is, so that a change in between is seen
    the next time.
    """
    tag = etag(request, mark)
    known = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
    response = HttpResponse(status=304) if known else render()
    response.headers["ETag"] = tag
    return response


def etag(request: HttpRequest, mark: str) -> str:
    """The same for the same address, person, way of showing times, and mark."""
    whole = "\n".join(
        (request.get_full_path(), str(request.user.pk), times.viewer_times().key, mark)
    )
    return f'"{hashlib.sha256(whole.encode()).hexdigest()[:32]}"'
