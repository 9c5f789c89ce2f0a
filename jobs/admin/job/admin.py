"""Jobs in the site: permissions and addresses; the pages themselves are the neighbours'
business.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from jobs.access.actor import actor_of
from jobs.access.visible import visible_jobs
from jobs.admin.closed import ClosedAdmin
from jobs.admin.job.buttons.backfill import backfilling
from jobs.admin.job.buttons.press import (
    MOST_AT_ONCE,
    archive_question,
    back_or_list,
    press,
    question,
)
from jobs.admin.job.buttons.run_now import follow, posted_params
from jobs.admin.job.buttons.verbs import FOR_MANY, VERBS, Verb, error_with_label
from jobs.admin.job.form.editing import edit_job
from jobs.admin.job.list.for_all import (
    address,
    archive_all_question,
    begin_for_all,
    buttons_for_all,
    question_for_all,
)
from jobs.admin.job.list.listing import around, page_of_jobs
from jobs.admin.job.page.detail import job_change_mark, job_detail
from jobs.admin.job.page.history import history, restore
from jobs.admin.job.page.revealing import revealed
from jobs.admin.look import live
from jobs.admin.look.confirming import ASKS_IN_A_POPUP, ask_to_confirm
from jobs.admin.look.revealing import never_stored
from jobs.admin.site import site
from jobs.errors import DomainError, Forbidden
from jobs.models import Job
from jobs.queries.jobs.page import job_of
from jobs.queries.site.change_token import change_token

RIGHTS = {
    "add": "beatwright.add_job",
    "change": "beatwright.change_job",
    "run": "beatwright.run_job",
    "pause": "beatwright.pause_job",
    "backfill": "beatwright.backfill_job",
    "archive": "beatwright.delete_job",
    "see_history": "beatwright.view_auditentry",
}
JOBS = ("Jobs", "beatwright:beatwright_job_changelist")


@admin.register(Job, site=site)
class JobAdmin(ClosedAdmin):
    """List, detail, form and questions are pages of our own; a job is archived, never deleted from
    here.
    """

    search_fields = ("name", "task")

    def get_urls(self) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(function)

        return [
            path("", view(self.changelist_view), name="beatwright_job_changelist"),
            path("_f/rows/", view(self.rows_view), name="beatwright_fragment"),
            path("add/", view(self.add_view), name="beatwright_job_add"),
            path("bulk/", view(require_POST(self.bulk_view)), name="beatwright_job_bulk"),
            path("<uuid:pk>/", view(self.detail_view), name="beatwright_job_detail"),
            path("<uuid:pk>/live/", view(self.live_view), name="beatwright_job_live"),
            path("<uuid:pk>/change/", view(self.form_view), name="beatwright_job_change"),
            path("<uuid:pk>/history/", view(self.history_view), name="beatwright_job_history"),
            path(
                "<uuid:pk>/restore/",
                view(require_POST(self.restore_view)),
                name="beatwright_job_restore",
            ),
            path(
                "<uuid:pk>/follow/",
                view(require_POST(self.follow_view)),
                name="beatwright_job_follow",
            ),
            path(
                "<uuid:pk>/reveal/",
                view(require_POST(self.reveal_view)),
                name="beatwright_job_reveal",
            ),
            path("<uuid:pk>/backfill/", view(self.backfill_view), name="beatwright_job_backfill"),
            path("<uuid:pk>/<slug:verb>/", view(self.act_view), name="beatwright_job_act"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        actor_of(request).require("beatwright.view_job")
        context = {
            **page_of_jobs(request, timezone.now()), **around(request), **self._rights(request),
            "bulk_verbs": self._buttons(request), "all_verbs": buttons_for_all(request),
            "all_url": address(request),
            "title": "Jobs",
        }  # fmt: skip
        return self._page(request, "console/job/list.html", context)

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """The rows alone, for the list's own refresh."""
        actor_of(request).require("beatwright.view_job")
        now = timezone.now()

        def rows() -> HttpResponse:
            context = page_of_jobs(request, now) | self._rights(request)
            return TemplateResponse(request, "console/job/_rows.html", context)

        return live.answer(request, change_token(now=now), rows)

    def detail_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("beatwright.view_job")
        context = self._detail(request, self._job(request, pk))
        context |= {"title": context["job"].name, "crumbs": [(JOBS[0], reverse(JOBS[1]))]}
        return self._page(request, "console/job/detail.html", context)

    def live_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """All of the job's page below its header, for its refresh."""
        actor_of(request).require("beatwright.view_job")
        job = self._job(request, pk)
        return live.answer(
            request,
            job_change_mark(job, timezone.now()),
            lambda: TemplateResponse(request, "console/job/_live.html", self._detail(request, job)),
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor_of(request).require("beatwright.add_job")
        return edit_job(request, self.admin_site, None)

    def form_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("beatwright.change_job")
        return edit_job(request, self.admin_site, self._job(request, pk))

    def history_view(
        self, request: HttpRequest, pk: uuid.UUID, extra_context: Any = None
    ) -> HttpResponse:
        actor_of(request).require("beatwright.view_auditentry")
        job = self._job(request, pk)
        crumbs = [
            (JOBS[0], reverse(JOBS[1])),
            (job.name, reverse("beatwright:beatwright_job_detail", args=[job.pk])),
        ]
        context = history(request, job, timezone.now()) | {"title": "History", "crumbs": crumbs}
        return self._page(request, "console/job/history.html", context)

    def restore_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        return restore(request, self._job(request, pk), timezone.now())

    def reveal_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        job = self._job(request, pk)
        crumbs = [
            (JOBS[0], reverse(JOBS[1])),
            (job.name, reverse("beatwright:beatwright_job_detail", args=[job.pk])),
        ]
        context = revealed(request, job, timezone.now()) | {"crumbs": crumbs}
        return never_stored(self._page(request, "console/parts/revealed.html", context))

    def backfill_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("beatwright.backfill_job")
        job = self._job(request, pk)
        context, begun = backfilling(request, job, timezone.now())
        url = reverse("beatwright:beatwright_job_detail", args=[job.pk])
        if begun:
            return HttpResponseRedirect(url)
        context |= {
            "title": "Backfill",
            "crumbs": [(JOBS[0], reverse(JOBS[1])), (job.name, url)],
            "cancel_url": url,
        }
        return self._page(
            request, "console/job/backfill.html", context, 422 if context["form"].errors else 200
        )

    def follow_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Run now, and go to where one sees it run."""
        actor_of(request).require("beatwright.run_job")
        job = self._job(request, pk)
        try:
            return follow(request, job, timezone.now(), params=posted_params(request, job))
        except Forbidden:
            raise
        except DomainError as error:
            return self._ask(request, "run", [job], error_with_label(error))

    def act_view(self, request: HttpRequest, pk: uuid.UUID, verb: str) -> HttpResponse:
        """GET asks how; POST does it, where it cannot be undone only once that was asked."""
        self._require(request, verb)
        if request.method != "POST" and not VERBS[verb].asks:
            return HttpResponseNotAllowed(["POST"])
        asks = request.method != "POST" or (VERBS[verb].is_final and "sure" not in request.POST)
        return self._ask_or_press(request, verb, [self._job(request, pk)], asks=asks)

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """The ticked jobs, or all that match: a verb that asks does so first, and comes back with
        ``sure``.
        """
        verb = request.POST.get("verb", "")
        self._require(request, verb, FOR_MANY)
        if "all" in request.POST:
            return self._all_view(request, verb)
        asks = VERBS[verb].asks and "sure" not in request.POST
        return self._ask_or_press(request, verb, self._ticked(request), asks=asks)

    def _ask_or_press(
        self, request: HttpRequest, verb: str, jobs: list[Job], *, asks: bool
    ) -> HttpResponse:
        problem = "" if asks else press(request, verb, jobs, timezone.now())
        if asks or (problem and VERBS[verb].asks):
            return self._ask(request, verb, jobs, problem)
        return HttpResponseRedirect(back_or_list(request))

    def _all_view(self, request: HttpRequest, verb: str) -> HttpResponse:
        problem = ""
        try:
            if "sure" in request.POST:
                begun = begin_for_all(request, verb, timezone.now())
                return HttpResponseRedirect(reverse("beatwright:bulk_operation", args=[begun.pk]))
        except Forbidden:
            raise
        except DomainError as error:
            problem = error_with_label(error)
        if VERBS[verb].is_final:
            return ask_to_confirm(
                self.admin_site, request, archive_all_question(request, problem), _crumbs()
            )
        context = question_for_all(request, verb, problem, now=timezone.now()) | {
            "crumbs": [(JOBS[0], reverse(JOBS[1]))]
        }
        return self._page(request, "console/job/ask.html", context, 422 if problem else 200)

    def _ask(
        self, request: HttpRequest, verb: str, jobs: list[Job], problem: str = ""
    ) -> HttpResponse:
        if VERBS[verb].is_final and jobs:
            return ask_to_confirm(
                self.admin_site, request, archive_question(request, jobs, problem), _crumbs()
            )
        context = question(request, verb, jobs, problem, now=timezone.now())
        if ASKS_IN_A_POPUP in request.headers:
            return TemplateResponse(request, "console/job/_ask.html", context)
        context["crumbs"] = _crumbs()
        return self._page(request, "console/job/ask.html", context, 422 if problem else 200)

    def _detail(self, request: HttpRequest, job: Job) -> dict[str, Any]:
        place = {"next_url": reverse("beatwright:beatwright_job_detail", args=[job.pk])}
        return job_detail(request, job, timezone.now()) | self._rights(request) | place

    def _require(self, request: HttpRequest, verb: str, among: Mapping[str, Verb] = VERBS) -> None:
        if verb not in among:
            raise Http404("This action does not exist.")
        actor_of(request).require(VERBS[verb].needs)

    def _job(self, request: HttpRequest, pk: uuid.UUID) -> Job:
        job = job_of(pk, actor_of(request))
        if job is None:
            raise Http404("This job does not exist.")
        return job

    def _ticked(self, request: HttpRequest) -> list[Job]:
        ids = [text for text in request.POST.getlist("job")[:MOST_AT_ONCE] if _is_uuid(text)]
        return list(visible_jobs(actor_of(request)).filter(pk__in=ids).order_by("name"))

    def _rights(self, request: HttpRequest) -> dict[str, bool]:
        """What this person may do with jobs: which buttons there are."""
        actor = actor_of(request)
        rights = {f"can_{name}": actor.may(permission) for name, permission in RIGHTS.items()}
        return rights | {"can_act": any(actor.may(verb.needs) for verb in VERBS.values())}

    def _buttons(self, request: HttpRequest) -> list[tuple[str, str]]:
        """The verbs for the ticked jobs: name and label."""
        actor = actor_of(request)
        return [(name, verb.bulk_label) for name, verb in FOR_MANY.items() if actor.may(verb.needs)]

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        return TemplateResponse(
            request, template, self.admin_site.each_context(request) | context, status=status
        )


def _crumbs() -> list[tuple[str, str]]:
    return [(JOBS[0], reverse(JOBS[1]))]


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
