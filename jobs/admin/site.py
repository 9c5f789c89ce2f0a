"""The console's one AdminSite: its first page, what every page's header shows, and its own
addresses.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite

from jobs import conf
from jobs.access import audit
from jobs.access.actor import actor_of
from jobs.access.address import client_address
from jobs.access.rates import count_login
from jobs.admin import doors, preferences, search, undo
from jobs.admin.bulk import views as bulk
from jobs.admin.dashboard import page as dashboard
from jobs.admin.dashboard.acknowledging import acknowledge
from jobs.admin.dead import views as dead
from jobs.admin.importing import views as importing
from jobs.admin.job.form import preview
from jobs.admin.look import header
from jobs.admin.look.frame import console_page, framed
from jobs.admin.look.theme import CONSOLE
from jobs.admin.look.times import viewer_times
from jobs.admin.person import urls as person
from jobs.admin.person.signed_out import forget_why, why_signed_out
from jobs.admin.places import pool_form, pools, queues, secret_form, secrets, workers
from jobs.models.access.user import User
from jobs.moments import iso


class ConsoleSite(UnfoldAdminSite):
    """Unfold's site with a dashboard instead of a list of apps."""

    index_title = "Dashboard"
    site_url = None
    enable_nav_sidebar = True
    settings_name = "BEATWRIGHT_CONSOLE"
    login_form = doors.HandingOver if doors.is_extended() else None
    login_template = "console/login.html"

    def get_urls(self) -> list[URLPattern]:
        """All of them within the console's frame, those that one need not be signed in for as
        well.
        """
        patterns: list[URLPattern] = super().get_urls()
        for pattern in _views_of(patterns):
            pattern.callback = self.in_frame(pattern.callback)
        return patterns

    def in_frame(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        """A view with the console's templates, headers and refusals, wherever its address is."""
        # Its pages stand in the frame of this site.
        refusal = import_string("jobs.admin.refusals.refusal_page")
        return framed(view, refusal)

    def extra_urls(self) -> list[URLPattern | URLResolver]:
        """Unfold's hook for addresses ahead of the models' own."""
        return [
            path("_f/header/", self.admin_view(header.header_fragment), name="header_fragment"),
            path(
                "_f/dashboard/",
                self.admin_view(dashboard.dashboard_fragment),
                name="dashboard_fragment",
            ),
            path(
                "alerts/<int:pk>/acknowledge/",
                self.admin_view(require_POST(acknowledge)),
                name="alert_acknowledge",
            ),
            path("undo/", self.admin_view(require_POST(undo.undo)), name="undo"),
            path("times/", self.admin_view(require_POST(preferences.choose_times)), name="times"),
            *self._places(),
            *self._dead_letters(),
            *self._bulk_operations(),
            *(person.person_urls(self) if conf.get().site else ()),
            path(
                "_p/schedule/", self.admin_view(preview.schedule_preview), name="schedule_preview"
            ),
            path("_p/task/", self.admin_view(preview.task_help), name="task_help"),
            path("beatwright/import/", self.admin_view(self.import_view), name="beatwright_import"),
            path(
                "beatwright/import/<uuid:pk>/",
                self.admin_view(self.import_plan_view),
                name="beatwright_import_plan",
            ),
            path("_p/params/", self.admin_view(preview.params_check), name="params_check"),
            path("_p/retries/", self.admin_view(preview.retry_waits), name="retry_waits"),
        ]

    def _places(self) -> list[URLPattern]:
        return [*self._queues_and_pools(), *self._secrets(), *self._workers()]

    def _queues_and_pools(self) -> list[URLPattern]:
        view = self.admin_view
        return [
            path("beatwright/queues/", view(partial(queues.queues_page, self)), name="queues"),
            path(
                "beatwright/queues/_f/rows/", view(queues.queues_fragment), name="queues_fragment"
            ),
            path(
                "beatwright/queues/<str:name>/pause/",
                view(require_POST(queues.pause)),
                name="queue_pause",
            ),
            path(
                "beatwright/queues/<str:name>/resume/",
                view(require_POST(queues.resume)),
                name="queue_resume",
            ),
            path("beatwright/pools/", view(partial(pools.pools_page, self)), name="pools"),
            path("beatwright/pools/_f/rows/", view(pools.pools_fragment), name="pools_fragment"),
            path(
                "beatwright/pools/add/", view(partial(pool_form.edit_pool, self)), name="pool_add"
            ),
            path(
                "beatwright/pools/<str:name>/change/",
                view(partial(pool_form.edit_pool, self)),
                name="pool_change",
            ),
            path(
                "beatwright/pools/<str:name>/delete/",
                view(partial(pool_form.delete_pool_page, self)),
                name="pool_delete",
            ),
        ]

    def _secrets(self) -> list[URLPattern]:
        view = self.admin_view
        return [
            path("beatwright/secrets/", view(partial(secrets.secrets_page, self)), name="secrets"),
            # No name of a secret begins like this; one could be "add".
            path("beatwright/secrets/_add/", view(self._secret_form()), name="secret_add"),
            path(
                "beatwright/secrets/<str:name>/",
                view(partial(secret_form.secret_page, self)),
                name="secret",
            ),
            path(
                "beatwright/secrets/<str:name>/change/",
                view(self._secret_form()),
                name="secret_change",
            ),
            path(
                "beatwright/secrets/<str:name>/delete/",
                view(partial(secret_form.delete_secret_page, self)),
                name="secret_delete",
            ),
        ]

    def _workers(self) -> list[URLPattern]:
        view = self.admin_view
        return [
            path("beatwright/workers/", view(partial(workers.workers_page, self)), name="workers"),
            path(
                "beatwright/workers/_f/rows/",
                view(workers.workers_fragment),
                name="workers_fragment",
            ),
            path(
                "beatwright/workers/<path:name>/shutdown/",
                view(partial(workers.shut_down, self)),
                name="worker_shutdown",
            ),
        ]

    def _secret_form(self) -> Callable[..., HttpResponse]:
        """What is written there is in no report of an error either."""
        return sensitive_post_parameters("value")(partial(secret_form.edit_secret, self))

    def _dead_letters(self) -> list[URLPattern]:
        view = self.admin_view
        return [
            path(
                "beatwright/dead/",
                view(partial(dead.dead_letter_list_page, self)),
                name="dead_letters",
            ),
            path(
                "beatwright/dead/_f/rows/",
                view(dead.dead_letter_list_fragment),
                name="dead_fragment",
            ),
            path(
                "beatwright/dead/group/<slug:fingerprint>/",
                view(partial(dead.group_page, self)),
                name="dead_group",
            ),
            path(
                "beatwright/dead/requeue/",
                view(require_POST(partial(dead.requeue_page, self))),
                name="dead_requeue",
            ),
            path(
                "beatwright/dead/discard/",
                view(require_POST(partial(dead.discard_view, self))),
                name="dead_discard",
            ),
        ]

    def _bulk_operations(self) -> list[URLPattern]:
        view = self.admin_view
        return [
            path(
                "beatwright/bulk/", view(partial(bulk.bulk_list_page, self)), name="bulk_operations"
            ),
            path("beatwright/bulk/_f/rows/", view(bulk.bulk_list_fragment), name="bulk_fragment"),
            path(
                "beatwright/bulk/<uuid:pk>/",
                view(partial(bulk.operation_page, self)),
                name="bulk_operation",
            ),
            path(
                "beatwright/bulk/<uuid:pk>/live/",
                view(bulk.operation_fragment),
                name="bulk_operation_fragment",
            ),
            path(
                "beatwright/bulk/<uuid:pk>/cancel/",
                view(require_POST(bulk.cancel_bulk_page)),
                name="bulk_operation_cancel",
            ),
        ]

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """Unfold's hook for what every page needs."""
        if self.has_permission(request):
            now = timezone.now()
            context["header"], context["served_at"] = header.header(now), iso(now)
            context["times"] = viewer_times().choice
        return context

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        page = dashboard.context(request, timezone.now())
        context = {
            **self.each_context(request),
            "title": self.index_title,
            **page,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, "console/dashboard/page.html", context)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own, as often a minute as LOGIN_RATE_PER_MINUTE lets one address try."""
        if request.method == "POST":
            rate = count_login(client_address(request), now=time.time())
            if rate is not None and rate.is_exceeded:
                context = {
                    **self.each_context(request),
                    "title": "Too many attempts",
                    "seconds": rate.resets_in,
                }
                answer = console_page(
                    request,
                    "console/too_many_tries.html",
                    context,
                    status=HTTPStatus.TOO_MANY_REQUESTS,
                )
                answer.headers["Retry-After"] = str(rate.resets_in)
                return answer
        context = {"signed_out": why_signed_out(request), "single_sign_on": doors.single_sign_on()}
        try:
            return forget_why(
                cast("HttpResponse", super().login(request, context | (extra_context or {})))
            )
        except doors.HandedOver as handed:
            return handed.answer

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own password; Django writes no log line of it."""
        with transaction.atomic():
            answer: HttpResponse = super().password_change(request, extra_context)
            if answer.status_code == HTTPStatus.FOUND:
                now = timezone.now()
                audit.record(
                    actor_of(request),
                    audit.Verb.CHANGE_PASSWORD,
                    cast("User", request.user),
                    now=now,
                )
        return answer

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """In place of unfold's search over models: jobs, runs and pages."""
        return search.search(request, self)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Nobody's: no form of ours asks, and Django would search all jobs for whoever may see
        some.
        """
        raise Http404("This page does not exist.")

    def import_view(self, request: HttpRequest) -> HttpResponse:
        return importing.import_page(request, self)

    def import_plan_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        return importing.plan_page(request, self, pk)


def _views_of(patterns: list[URLPattern]) -> Iterator[URLPattern]:
    """The addresses themselves, of what is included as well."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views_of(pattern.url_patterns)
        else:
            yield pattern


# Unfold takes the looks of a site from a setting; those of the console are its own, in whatever
# project it is.
setattr(settings, ConsoleSite.settings_name, CONSOLE)
site = ConsoleSite(name="beatwright")
