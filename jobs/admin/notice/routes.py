"""The routes: which alerts go where, and when, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.actions.notice.routes import delete_route
from jobs.admin.look.confirming import ask_and_remove
from jobs.admin.notice.channels import MANAGES
from jobs.errors import RouteNotFound
from jobs.queries.notices.channels import all_channels
from jobs.queries.notices.routes import all_routes, one_route, route_rows

READS = "beatwright.view_route"
OF = {
    "severities": "severity",
    "kinds": "kind",
    "jobs": "job",
    "tags": "tag",
    "owners": "owner",
    "queues": "queue",
}


@dataclass(frozen=True)
class RouteRow:
    """``takes``: a word and what it has to be, for each list that is not empty."""

    name: str
    description: str
    channel: str
    enabled: bool
    takes: list[tuple[str, str]]
    when: list[str]


def routes_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Four queries at most, whatever there is."""
    actor = actor_of(request)
    actor.require(READS)
    rows = route_rows(all_routes(), actor=actor)
    context = {
        "title": "Routes",
        "rows": [_row(row) for row in rows],
        "can_manage": actor.may_everywhere(MANAGES),
        "has_channels": bool(rows) or bool(all_channels()),
    }
    return TemplateResponse(
        request, "console/notice/routes.html", site.each_context(request) | context
    )


def delete_route_page(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Asks; POST with ``sure``: remove the route."""
    actor = actor_of(request)
    actor.require_everywhere(MANAGES)
    try:
        one_route(name)
    except RouteNotFound as error:
        raise Http404("This route does not exist.") from error
    return ask_and_remove(
        site,
        request,
        "route",
        name,
        "New alerts no longer take it. Notices that it has written are still sent.",
        partial(delete_route, name, actor=actor, now=timezone.now()),
    )


def _row(row: dict[str, Any]) -> RouteRow:
    return RouteRow(
        name=row["name"],
        description=row["description"],
        channel=row["channel"],
        enabled=row["enabled"],
        takes=[(word, " or ".join(row[field])) for field, word in OF.items() if row[field]],
        when=list(_when(row)),
    )


def _when(row: dict[str, Any]) -> Iterator[str]:
    if row["quiet"]:
        yield f"quiet {row['quiet']} {row['timezone']}"
    if row["digest_minutes"]:
        yield f"one message in {row['digest_minutes']} min"
    if row["escalate_minutes"]:
        yield f"to {row['escalate_to']} after {row['escalate_minutes']} min"
    yield "recoveries too" if row["recovery"] else "no recoveries"
