"""The addresses beside the list of runs: its export, its buttons, and looks at one run."""

from __future__ import annotations

import uuid
from functools import partial

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from jobs.access.actor import actor_of
from jobs.admin.look.confirming import ASKS_IN_A_POPUP
from jobs.admin.run.comparing import compare_page
from jobs.admin.run.list.acting import act_on_runs
from jobs.admin.run.list.exporting import csv_file
from jobs.admin.run.list.peeking import peek_context
from jobs.models import Run
from jobs.queries.runs.page import run_of


def run_list_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/run/runs.csv", view(runs_csv), name="runs_csv"),
        path("beatwright/run/bulk/", view(require_POST(partial(bulk, site))), name="runs_bulk"),
        path(
            "beatwright/run/<uuid:pk>/compare/",
            view(partial(compare, site)),
            name="beatwright_run_compare",
        ),
        path(
            "beatwright/run/<uuid:pk>/peek/",
            view(partial(peek, site)),
            name="beatwright_run_peek",
        ),
    ]


def runs_csv(request: HttpRequest) -> HttpResponseBase:
    actor_of(request).require("beatwright.view_run")
    return csv_file(request, timezone.now())


def bulk(site: AdminSite, request: HttpRequest) -> HttpResponse:
    return act_on_runs(site, request, timezone.now())


def compare(site: AdminSite, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A run beside the last success of its job."""
    return compare_page(site, request, _run(request, pk), timezone.now())


def peek(site: AdminSite, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One run at a glance: within the list's drawer, or as a page."""
    actor, run = actor_of(request), _run(request, pk)
    context = peek_context(run, actor, timezone.now())
    if ASKS_IN_A_POPUP in request.headers:
        return TemplateResponse(request, "console/run/_peek.html", context)
    context |= site.each_context(request)
    return TemplateResponse(request, "console/run/peek.html", context)


def _run(request: HttpRequest, pk: uuid.UUID) -> Run:
    actor = actor_of(request)
    actor.require("beatwright.view_run")
    run = run_of(pk, actor)
    if run is None:
        raise Http404("This run does not exist.")
    return run
