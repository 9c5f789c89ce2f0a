"""Jobs in the site: permissions and addresses; the pages themselves are the neighbours' business."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from jobs.admin.job import acting
from jobs.admin.job.detail import detail
from jobs.admin.job.editing import edit
from jobs.admin.job.listing import listing
from jobs.admin.site import site
from jobs.models import Job

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
            path("<uuid:pk>/follow/", view(require_POST(self.follow_view)), name="jobs_job_follow"),
            path("<uuid:pk>/<slug:verb>/", view(require_POST(self.act_view)), name="jobs_job_act"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._allow(self.has_view_permission(request))
        context = listing(request, timezone.now()) | self._rights(request) | {"title": "Jobs"}
        return self._page(request, "console/job/list.html", context)

    def detail_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        self._allow(self.has_view_permission(request))
        job = self._job(pk)
        context = detail(job, timezone.now()) | self._rights(request)
        context |= {"title": job.name, "crumbs": [(JOBS[0], reverse(JOBS[1]))], "next_url": request.path}
        return self._page(request, "console/job/detail.html", context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        self._allow(self.has_add_permission(request))
        return edit(request, self.admin_site, None)

    def form_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        self._allow(self.has_change_permission(request))
        return edit(request, self.admin_site, self._job(pk))

    def follow_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Run now, and go to where one sees it run."""
        self._allow(self.has_change_permission(request))
        return acting.run_and_follow(request, self._job(pk), timezone.now())

    def act_view(self, request: HttpRequest, pk: uuid.UUID, verb: str) -> HttpResponse:
        self._allow(self._may(request, verb))
        job = self._job(pk)
        return self._ask_or_act(request, verb, [job])

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        verb = request.POST.get("verb", "")
        self._allow(self._may(request, verb))
        return self._ask_or_act(request, verb, self._ticked(request))

    def _ask_or_act(self, request: HttpRequest, verb: str, jobs: list[Job]) -> HttpResponse:
        if verb != "archive" or "sure" in request.POST:
            return acting.act(request, verb, jobs, timezone.now())
        context = {"title": "Archive jobs", "crumbs": [(JOBS[0], reverse(JOBS[1]))], "jobs": jobs}
        return self._page(request, "console/job/archive.html", context | {"next_url": reverse(JOBS[1])})

    def _may(self, request: HttpRequest, verb: str) -> bool:
        if verb not in acting.VERBS:
            raise Http404("There is no such button.")
        return self.has_delete_permission(request) if verb == "archive" else self.has_change_permission(request)

    def _allow(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    def _job(self, pk: uuid.UUID) -> Job:
        job = Job.objects.select_related("state").filter(pk=pk).first()
        if job is None:
            raise Http404("There is no such job.")
        return job

    def _ticked(self, request: HttpRequest) -> list[Job]:
        ids = [text for text in request.POST.getlist("job")[: acting.MOST_AT_ONCE] if _is_uuid(text)]
        return list(Job.objects.filter(pk__in=ids).order_by("name"))

    def _rights(self, request: HttpRequest) -> dict[str, bool]:
        return {
            "can_add": self.has_add_permission(request),
            "can_change": self.has_change_permission(request),
            "can_archive": self.has_delete_permission(request),
        }

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
