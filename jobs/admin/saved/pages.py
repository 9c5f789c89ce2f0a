"""What the forms beside a list do: save its view, remove one, choose its columns."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from jobs.access.actor import actor_of
from jobs.actions.people.views import SEEN_WITH, choose_columns, delete_view, save_view
from jobs.admin.look.paging import back
from jobs.admin.saved.views import query_kept
from jobs.errors import DomainError, Forbidden
from jobs.models import ListNoun
from jobs.models.access.user import User
from jobs.queries.access.views import view_for

LISTS = {
    ListNoun.JOBS: "beatwright:beatwright_job_changelist",
    ListNoun.RUNS: "beatwright:beatwright_run_changelist",
}


def saved_urls(site: AdminSite) -> list[URLPattern]:
    def form(view: Any) -> Any:
        return site.admin_view(require_POST(view))

    return [
        path("views/<str:noun>/save/", form(save), name="view_save"),
        path("views/<uuid:pk>/delete/", form(delete), name="view_delete"),
        path("views/<str:noun>/columns/", form(columns), name="list_columns"),
    ]


def save(request: HttpRequest, noun: str) -> HttpResponse:
    """POST ``name``, ``query`` and perhaps ``shared`` and columns: back to the list."""
    try:
        view = save_view(
            cast("User", request.user),
            _noun(noun),
            request.POST.get("name", "").strip(),
            query=query_kept(request.POST.get("query", "")),
            columns=request.POST.getlist("column")[:20],
            is_shared="shared" in request.POST,
            actor=actor_of(request),
            now=timezone.now(),
        )
        messages.success(request, f"Saved the view {view.name}.")
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"Not saved: {error.field} {error}.")
    return _back_to(request, noun)


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    view = view_for(cast("User", request.user), pk)
    if view is None:
        raise Http404("This view does not exist.")
    delete_view(view, actor=actor_of(request), now=timezone.now())
    messages.success(request, f"Removed the view {view.name}.")
    return _back_to(request, view.noun)


def columns(request: HttpRequest, noun: str) -> HttpResponse:
    """POST each ``column``; with ``default``, or with none, those that the list has by itself."""
    actor_of(request).require(SEEN_WITH[_noun(noun)])
    chosen = [] if "default" in request.POST else request.POST.getlist("column")[:20]
    choose_columns(cast("User", request.user), _noun(noun), chosen)
    return _back_to(request, noun)


def _back_to(request: HttpRequest, noun: str) -> HttpResponse:
    return HttpResponseRedirect(back(request, reverse(LISTS[_noun(noun)])))


def _noun(word: str) -> ListNoun:
    if word not in ListNoun.values:
        raise Http404("There is no such list.")
    return ListNoun(word)
