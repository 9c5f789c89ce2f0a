"""Runs in the site: permissions and addresses; history itself is read only."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from jobs.access.actor import Actor, actor_of
from jobs.access.roles import FLOWER
from jobs.actions.runs.cancel import RunIsOver, cancel_run
from jobs.actions.runs.dead_letters import DISCARDED
from jobs.actions.runs.purge import delete_run
from jobs.actions.undo import undo_discard
from jobs.admin.closed import ClosedAdmin
from jobs.admin.look import live
from jobs.admin.look.confirming import Confirmation, ask_to_confirm, is_sure
from jobs.admin.look.paging import back
from jobs.admin.look.revealing import never_stored
from jobs.admin.run import log, rerunning
from jobs.admin.run.detail import run_change_mark, run_detail
from jobs.admin.run.list.listing import around_runs, run_list
from jobs.admin.run.revealing import revealed
from jobs.admin.site import site
from jobs.errors import DomainError, Forbidden
from jobs.models import Run, RunState
from jobs.queries.runs.page import run_of
from jobs.queries.site.change_token import change_token


@admin.register(Run, site=site)
class RunAdmin(ClosedAdmin):
    """History is written by the engine alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(function)

        return [
            path("", view(self.changelist_view), name="beatwright_run_changelist"),
            path("_f/rows/", view(self.rows_view), name="runs_fragment"),
            path("<uuid:pk>/", view(self.detail_view), name="beatwright_run_change"),
            path("<uuid:pk>/live/", view(self.live_view), name="beatwright_run_live"),
            path("<uuid:pk>/log/", view(self.log_view), name="beatwright_run_log"),
            path(
                "<uuid:pk>/log/first-error/",
                view(self.first_error_view),
                name="beatwright_run_first_error",
            ),
            path("<uuid:pk>/log.txt", view(self.text_view), name="beatwright_run_log_text"),
            path(
                "<uuid:pk>/cancel/",
                view(require_POST(self.cancel_view)),
                name="beatwright_run_cancel",
            ),
            path(
                "<uuid:pk>/reveal/",
                view(require_POST(self.reveal_view)),
                name="beatwright_run_reveal",
            ),
            path("<uuid:pk>/delete/", view(self.delete_run_view), name="beatwright_run_delete"),
            path(
                "<uuid:pk>/undo-discard/",
                view(require_POST(self.undiscard_view)),
                name="beatwright_run_undiscard",
            ),
            path("<uuid:pk>/rerun/", view(self.rerun_view), name="beatwright_run_rerun"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        actor_of(request).require("beatwright.view_run")
        now = timezone.now()
        context = run_list(request, now)
        context |= around_runs(request, context["columns"], now) | {"title": "Runs"}
        return self._page(request, "console/run/list.html", context)

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """The rows alone, for the list's own refresh."""
        actor_of(request).require("beatwright.view_run")
        now = timezone.now()
        return live.answer(
            request,
            change_token(now=now),
            lambda: TemplateResponse(request, "console/run/_rows.html", run_list(request, now)),
        )

    def detail_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("beatwright.view_run")
        run = self._run(request, pk)
        context = self._detail(request, run) | log.log_context(request, run)
        context |= {"title": f"Run {str(run.pk)[-8:]}", "crumbs": _crumbs(run)}
        return self._page(request, "console/run/detail.html", context)

    def live_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """All of the page but its log, for its refresh."""
        actor_of(request).require("beatwright.view_run")
        run = self._run(request, pk)
        return live.answer(
            request,
            run_change_mark(run, timezone.now()),
            lambda: TemplateResponse(request, "console/run/_live.html", self._detail(request, run)),
        )

    def log_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Lines of the log as JSON: one query beside the run's."""
        actor_of(request).require("beatwright.view_run")
        return log.lines(request, self._run(request, pk))

    def first_error_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        actor_of(request).require("beatwright.view_run")
        return log.first_error(request, self._run(request, pk))

    def text_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        actor_of(request).require("beatwright.view_run")
        return log.text_file(request, self._run(request, pk))

    def rerun_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """GET asks with which params; POST reruns, with the run's own where it brings none."""
        actor_of(request).require("beatwright.rerun_run")
        run = self._run(request, pk)
        if request.method != "POST":
            return self._ask_rerun(request, run)
        try:
            again = rerunning.rerun_as_posted(request, run, timezone.now()).run
        except Forbidden:
            raise
        except DomainError as error:
            return self._ask_rerun(request, run, rerunning.params_error(error))
        return HttpResponseRedirect(reverse("beatwright:beatwright_run_change", args=[again.pk]))

    def reveal_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        run = self._run(request, pk)
        context = revealed(request, run, timezone.now()) | {"crumbs": _crumbs(run)}
        return never_stored(self._page(request, "console/parts/revealed.html", context))

    def cancel_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """End it, or ask its worker to; then back to the page that the form names.

        409 for a run that is over.
        """
        actor_of(request).require("beatwright.cancel_run")
        run = self._run(request, pk)
        try:
            cancelled = cancel_run(run, actor=actor_of(request), now=timezone.now())
        except RunIsOver as error:
            context = {
                "title": "Nothing to cancel",
                "crumbs": _crumbs(run),
                "run": run,
                "message": str(error),
            }
            return self._page(request, "console/run/over.html", context, 409)
        done = "Cancelled" if RunState(cancelled.state).is_final else "Requested cancellation of"
        messages.success(request, f"{done} the run of {run.job.name}.")
        return HttpResponseRedirect(
            back(request, reverse("beatwright:beatwright_run_change", args=[run.pk]))
        )

    def delete_run_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Asks; POST with ``sure`` and perhaps a ``reason``: delete it with its attempts and logs,
        for good.
        """
        actor = actor_of(request)
        actor.require("beatwright.delete_run")
        run = self._run(request, pk)
        if not is_sure(request):
            return ask_to_confirm(self.admin_site, request, deletion(run), _crumbs(run))
        try:
            delete_run(
                run, actor=actor, reason=request.POST.get("reason", "").strip(), now=timezone.now()
            )
        except Forbidden:
            raise
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("beatwright:beatwright_run_change", args=[pk]))
        messages.success(request, f"Deleted the run of {run.job.name}.")
        return HttpResponseRedirect(reverse("beatwright:beatwright_run_changelist"))

    def undiscard_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        run = self._run(request, pk)
        if undo_discard([run], actor=actor_of(request), now=timezone.now()):
            messages.success(request, "This run is a dead letter again.")
        else:
            messages.error(request, "This run is not discarded.")
        return HttpResponseRedirect(reverse("beatwright:beatwright_run_change", args=[pk]))

    def _ask_rerun(self, request: HttpRequest, run: Run, problem: str = "") -> HttpResponse:
        context = rerunning.rerun_form(run, written=request.POST.get("params"), problem=problem)
        run_page = (
            f"Run {str(run.pk)[-8:]}",
            reverse("beatwright:beatwright_run_change", args=[run.pk]),
        )
        context |= {"title": "Rerun with edits", "crumbs": [*_crumbs(run), run_page]}
        return self._page(request, "console/run/rerun.html", context, 422 if problem else 200)

    def _detail(self, request: HttpRequest, run: Run) -> dict[str, Any]:
        attempt = log.shown_attempt(request, run)
        query = f"?attempt={attempt}" if "attempt" in request.GET else ""
        actor, is_over = actor_of(request), RunState(run.state).is_final
        return run_detail(run, actor, timezone.now(), attempt=attempt) | {
            "live_url": f"{reverse('beatwright:beatwright_run_live', args=[run.pk])}{query}",
            "can_watch": actor.may_everywhere(FLOWER),
            "can_rerun": actor.may("beatwright.rerun_run") and run.job.archived_at is None,
            "reveal_url": self._reveal_url(actor, run, attempt),
            "can_undiscard": actor.may("beatwright.requeue_dead")
            and run.resolution.startswith(DISCARDED),
            "can_delete": actor.may("beatwright.delete_run") and is_over,
            "can_cancel": actor.may("beatwright.cancel_run")
            and not is_over
            and not run.cancel_requested_at,
        }

    def _reveal_url(self, actor: Actor, run: Run, attempt: int) -> str:
        """Whatever it wrote may be hidden in part, so whoever may reveal it is always asked."""
        url = reverse("beatwright:beatwright_run_reveal", args=[run.pk])
        return f"{url}?attempt={attempt}" if actor.may("beatwright.view_secret") else ""

    def _run(self, request: HttpRequest, pk: uuid.UUID) -> Run:
        run = run_of(pk, actor_of(request))
        if run is None:
            raise Http404(
                "This run does not exist. Finished runs are deleted when their job's retention "
                "has passed."
            )
        return run

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        return TemplateResponse(
            request, template, self.admin_site.each_context(request) | context, status=status
        )


def deletion(run: Run) -> Confirmation:
    """What stands before deleting a run."""
    return Confirmation(
        title=f"Delete this run of {run.job.name}?",
        button="Delete 1 run",
        action=reverse("beatwright:beatwright_run_delete", args=[run.pk]),
        back=reverse("beatwright:beatwright_run_change", args=[run.pk]),
        says=[
            (
                "This permanently deletes the run with its attempts and log. Its occurrence does "
                "not run again."
            )
        ],
        reason="optional",
    )


def _crumbs(run: Run) -> list[tuple[str, str]]:
    return [
        ("Runs", reverse("beatwright:beatwright_run_changelist")),
        (run.job.name, reverse("beatwright:beatwright_job_detail", args=[run.job_id])),
    ]
