"""Jobs in the site: permissions and addresses; the pages themselves are the neighbours' business."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from jobs.access.actor import actor_of
from jobs.access.visible import visible_jobs
from jobs.admin.job import acting
from jobs.admin.job.detail import detail
from jobs.admin.job.editing import edit
from jobs.admin.job.history import history, restore
from jobs.admin.job.listing import listing
from jobs.admin.site import site
from jobs.models import Job

RIGHTS = {
    "add": "jobs.add_job",
    "change": "jobs.change_job",
    "run": "jobs.run_job",
    "pause": "jobs.pause_job",
    "archive": "jobs.delete_job",
    "see_history": "jobs.view_auditentry",
}
JOBS = ("Jobs", "admin:jobs_job_changelist")


@admin.register(Job, site=site)
class JobAdmin(ModelAdmin):
    """List, detail and form are pages of our own; a job is archived, never deleted from here."""

    search_fields = ("name", "task")

    def get_urls(self) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(function)

        return [
            path("", view(self.changelist_view), name="jobs_job_changelist"),
            path("add/", view(self.add_view), name="jobs_job_add"),
            path("bulk/", view(require_POST(self.bulk_view)), name="jobs_job_bulk"),
            path("<uuid:pk>/", view(self.detail_view), name="jobs_job_detail"),
            path("<uuid:pk>/change/", view(self.form_view), name="jobs_job_change"),
            path("<uuid:pk>/history/", view(self.history_view), name="jobs_job_history"),
            path("<uuid:pk>/restore/", view(require_POST(self.restore_view)), name="jobs_job_restore"),
            path("<uuid:pk>/follow/", view(require_POST(self.follow_view)), name="jobs_job_follow"),
            path("<uuid:pk>/<slug:verb>/", view(require_POST(self.act_view)), name="jobs_job_act"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        actor_of(request).require("jobs.view_job")
        context = listing(request, timezone.now()) | self._rights(request) | {"title": "Jobs"}
        return self._page(request, "console/job/list.html", context)

    def detail_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("jobs.view_job")
        job = self._job(request, pk)
        context = detail(job, timezone.now()) | self._rights(request)
        context |= {"title": job.name, "crumbs": [(JOBS[0], reverse(JOBS[1]))], "next_url": request.path}
        return self._page(request, "console/job/detail.html", context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        actor_of(request).require("jobs.add_job")
        return edit(request, self.admin_site, None)

    def form_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("jobs.change_job")
        return edit(request, self.admin_site, self._job(request, pk))

    def history_view(self, request: HttpRequest, pk: uuid.UUID, extra_context: Any = None) -> HttpResponse:
        actor_of(request).require("jobs.view_auditentry")
        job = self._job(request, pk)
        crumbs = [(JOBS[0], reverse(JOBS[1])), (job.name, reverse("admin:jobs_job_detail", args=[job.pk]))]
        context = history(request, job, timezone.now()) | {"title": "History", "crumbs": crumbs}
        return self._page(request, "console/job/history.html", context)

    def restore_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        return restore(request, self._job(request, pk), timezone.now())

    def follow_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Run now, and go to where one sees it run."""
        actor_of(request).require("jobs.run_job")
        return acting.run_and_follow(request, self._job(request, pk), timezone.now())

    def act_view(self, request: HttpRequest, pk: uuid.UUID, verb: str) -> HttpResponse:
        self._require(request, verb)
        return self._ask_or_act(request, verb, [self._job(request, pk)])

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        verb = request.POST.get("verb", "")
        self._require(request, verb)
        return self._ask_or_act(request, verb, self._ticked(request))

    def _ask_or_act(self, request: HttpRequest, verb: str, jobs: list[Job]) -> HttpResponse:
        if verb != "archive" or "sure" in request.POST:
            return acting.act(request, verb, jobs, timezone.now())
        context = {"title": "Archive jobs", "crumbs": [(JOBS[0], reverse(JOBS[1]))], "jobs": jobs}
        return self._page(request, "console/job/archive.html", context | {"next_url": reverse(JOBS[1])})

    def _require(self, request: HttpRequest, verb: str) -> None:
        if verb not in acting.VERBS:
            raise Http404("There is no such button.")
        actor_of(request).require(acting.NEEDED[verb])

    def _job(self, request: HttpRequest, pk: uuid.UUID) -> Job:
        job = visible_jobs(actor_of(request)).select_related("state").filter(pk=pk).first()
        if job is None:
            raise Http404("There is no such job.")
        return job

    def _ticked(self, request: HttpRequest) -> list[Job]:
        ids = [text for text in request.POST.getlist("job")[: acting.MOST_AT_ONCE] if _is_uuid(text)]
        return list(visible_jobs(actor_of(request)).filter(pk__in=ids).order_by("name"))

    def _rights(self, request: HttpRequest) -> dict[str, bool]:
        """Which buttons there are."""
        actor = actor_of(request)
        rights = {f"can_{name}": actor.may(permission) for name, permission in RIGHTS.items()}
        return rights | {"can_act": any(actor.may(permission) for permission in acting.NEEDED.values())}

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
