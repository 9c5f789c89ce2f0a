"""Hand in a file, look at its plan, apply it: three requests, each of which works without
JavaScript.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.admin.importing.examples import EXAMPLES
from jobs.admin.importing.form import ImportForm
from jobs.admin.importing.permission import may_import
from jobs.admin.importing.rows import plan_context
from jobs.admin.job.form.form import zones
from jobs.errors import Forbidden
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.handed_in import (
    PlanChanged,
    carry_out,
    find_handed_in,
    hand_in,
    look_at_handed_in,
)
from jobs.importers.planning.choosing import ChosenJobs
from jobs.importers.planning.plan import Plan
from jobs.models import ScheduleImport

PAGE = "beatwright:beatwright_import"


def import_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The form; a file that can be read leads to its plan."""
    _allow(request)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and form.is_valid():
        try:
            kept = hand_in(
                form.called, form.read(), form.told, actor=actor_of(request), now=timezone.now()
            )
            return HttpResponseRedirect(
                reverse("beatwright:beatwright_import_plan", args=[kept.pk])
            )
        except UnreadableFile as error:
            form.refuse(error)
    context = {"title": "Import", "form": form, "examples": EXAMPLES, "zones": zones()}
    return _page(
        request, site, "console/import/form.html", context, status=422 if form.is_bound else 200
    )


def plan_page(site: AdminSite, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the file would do; once it was applied, what it did."""
    _allow(request)
    handed_in = find_handed_in(pk, actor=actor_of(request))
    if handed_in is None:
        raise Http404("This import is no longer available. Upload the file again.")
    if request.method == "POST":
        return _apply(request, site, handed_in)
    if handed_in.applied_at:
        return _result(request, site, handed_in)
    now = timezone.now()
    return _plan(
        request,
        site,
        handed_in,
        look_at_handed_in(handed_in, actor=actor_of(request), now=now),
        now,
    )


def _apply(request: HttpRequest, site: AdminSite, handed_in: ScheduleImport) -> HttpResponse:
    post, actor, now = request.POST, actor_of(request), timezone.now()
    names = frozenset(post.getlist("job")) if "choosing" in post else None
    choice = ChosenJobs(names, pauses="pause_absent" in post)
    try:
        carry_out(handed_in, seen=post.get("seen", ""), choice=choice, actor=actor, now=now)
    except PlanChanged as changed:
        return _plan(request, site, handed_in, changed.plan, now, notice=str(changed), status=409)
    except Forbidden as error:
        plan = look_at_handed_in(handed_in, actor=actor, now=now)
        return _plan(
            request, site, handed_in, plan, now, notice=f"nothing was imported: {error}", status=403
        )
    return HttpResponseRedirect(request.path)


def _plan(
    request: HttpRequest, site: AdminSite, handed_in: ScheduleImport, plan: Plan, now: datetime, *,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "title": "Dry run",
        "file": handed_in.name,
        "notice": notice,
        **plan_context(plan, handed_in.text, now),
    }
    return _page(request, site, "console/import/plan.html", context, status=status)


def _result(request: HttpRequest, site: AdminSite, handed_in: ScheduleImport) -> HttpResponse:
    titles = {"new": "Created", "changed": "Changed", "paused": "Paused"}
    counts, jobs = handed_in.outcome["counts"], handed_in.outcome["jobs"]
    parts = [
        {
            "title": title,
            "count": counts[kind],
            "jobs": [
                (name, reverse("beatwright:beatwright_job_detail", args=[pk]))
                for pk, name in jobs[kind]
            ],
            "more": counts[kind] - len(jobs[kind]),
        }
        for kind, title in titles.items()
        if counts[kind]
    ]
    context = {"title": "Imported", "file": handed_in.name, "parts": parts, "counts": counts}
    return _page(request, site, "console/import/result.html", context)


def _allow(request: HttpRequest) -> None:
    if not may_import(request.user):
        raise PermissionDenied


def _page(
    request: HttpRequest,
    site: AdminSite,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    page = reverse(PAGE)
    crumbs = [("Import", page)] if request.path != page else []
    everywhere = site.each_context(request) | {
        "crumbs": crumbs,
        "jobs_url": reverse("beatwright:beatwright_job_changelist"),
    }
    return TemplateResponse(request, template, everywhere | context, status=status)
