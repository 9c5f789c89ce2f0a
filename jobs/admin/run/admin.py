"""Runs in the site: read only, but for "run again"."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from jobs.access.actor import actor_of
from jobs.access.visible import visible_runs
from jobs.actions.cancelling import cancel_run
from jobs.actions.running import rerun
from jobs.admin.look import live
from jobs.admin.look.paging import back
from jobs.admin.run.detail import detail, mark
from jobs.admin.run.listing import listing
from jobs.admin.site import site
from jobs.errors import DomainError
from jobs.models import Run
from jobs.queries.pulse import pulse


@admin.register(Run, site=site)
class RunAdmin(ModelAdmin):
    """History is written by the engine alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(function)

        return [
            path("", view(self.changelist_view), name="jobs_run_changelist"),
            path("_f/rows/", view(self.rows_view), name="runs_fragment"),
            path("<uuid:pk>/", view(self.detail_view), name="jobs_run_change"),
            path("<uuid:pk>/live/", view(self.live_view), name="jobs_run_live"),
            path("<uuid:pk>/cancel/", view(require_POST(self.cancel_view)), name="jobs_run_cancel"),
            path("<uuid:pk>/rerun/", view(require_POST(self.rerun_view)), name="jobs_run_rerun"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        actor_of(request).require("jobs.view_run")
        return self._page(request, "console/run/list.html", listing(request, timezone.now()) | {"title": "Runs"})

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """The rows alone, for the list's own refresh."""
        actor_of(request).require("jobs.view_run")
        now = timezone.now()
        return live.answer(
            request,
            pulse(now=now),
            lambda: TemplateResponse(request, "console/run/_rows.html", listing(request, now)),
        )

    def detail_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("jobs.view_run")
        run = self._run(request, pk)
        context = self._detail(request, run)
        context |= {"title": f"Run {str(run.pk)[-8:]}", "crumbs": _crumbs(run)}
        return self._page(request, "console/run/detail.html", context)

    def live_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The page's inner part; 204 (nothing to swap) as long as ``?seen=`` is still the present mark."""
        actor_of(request).require("jobs.view_run")
        run = self._run(request, pk)
        if request.GET.get("seen") == mark(run):
            return HttpResponse(status=204)
        return TemplateResponse(request, "console/run/_live.html", self._detail(request, run))

    def rerun_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("jobs.rerun_run")
        run = self._run(request, pk)
        try:
            again = rerun(run, actor=actor_of(request), now=timezone.now()).run
        except DomainError as error:
            messages.error(request, f"{run.job.name}: {error}")
            again = run
        return HttpResponseRedirect(reverse("admin:jobs_run_change", args=[again.pk]))

    def cancel_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """End it, or ask its worker to; then back to the page that the form names."""
        actor_of(request).require("jobs.cancel_run")
        run = self._run(request, pk)
        try:
            cancelled = cancel_run(run, actor=actor_of(request), now=timezone.now())
            messages.success(request, f"{run.job.name}: {cancelled.reason}.")
        except DomainError as error:
            messages.error(request, f"{run.job.name}: {error}")
        return HttpResponseRedirect(back(request, reverse("admin:jobs_run_change", args=[run.pk])))

    def _detail(self, request: HttpRequest, run: Run) -> dict[str, Any]:
        attempt = request.GET.get("attempt", "")
        chosen = int(attempt) if attempt.isdecimal() and len(attempt) < 6 else None
        return detail(run, timezone.now(), attempt=chosen) | {
            "live_url": reverse("admin:jobs_run_live", args=[run.pk]),
            "chosen": chosen,
            "can_rerun": actor_of(request).may("jobs.rerun_run") and run.job.archived_at is None,
        }

    def _run(self, request: HttpRequest, pk: uuid.UUID) -> Run:
        run = visible_runs(actor_of(request)).select_related("job").filter(pk=pk).first()
        if run is None:
            raise Http404("There is no such run.")
        return run

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)


def _crumbs(run: Run) -> list[tuple[str, str]]:
    return [
        ("Runs", reverse("admin:jobs_run_changelist")),
        (run.job.name, reverse("admin:jobs_job_detail", args=[run.job_id])),
    ]
