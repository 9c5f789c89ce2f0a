"""The pages of the dead letters and their buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from jobs.access.actor import actor_of
from jobs.actions.bulk import begin_bulk
from jobs.actions.runs.dead_letters import discard, requeue
from jobs.admin import undo
from jobs.admin.dead import acting, listing
from jobs.admin.look import live
from jobs.admin.look.confirming import ask_to_confirm, is_sure
from jobs.errors import DomainError
from jobs.models import BulkVerb
from jobs.queries.site.change_token import change_token

HERE = ("Dead letters", "beatwright:dead_letters")


def dead_letter_list_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor_of(request).require("beatwright.view_run")
    context = {"title": "Dead letters", "live_url": reverse("beatwright:dead_fragment")} | _groups(
        request
    )
    return _page(site, request, "console/dead/groups.html", context)


def dead_letter_list_fragment(request: HttpRequest) -> HttpResponse:
    """The groups alone, for the page's own refresh."""
    actor_of(request).require("beatwright.view_run")
    return live.answer(
        request,
        change_token(now=timezone.now()),
        lambda: TemplateResponse(request, "console/dead/_groups.html", _groups(request)),
    )


def group_page(site: AdminSite, request: HttpRequest, fingerprint: str) -> HttpResponse:
    actor_of(request).require("beatwright.view_run")
    try:
        context = listing.group(request, fingerprint, timezone.now())
    except DomainError as error:
        raise Http404(str(error)) from error
    context |= {"title": "One error", "group": fingerprint, "can_resolve": _may(request)}
    return _page(site, request, "console/dead/group.html", context)


def requeue_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """POST: the dry run; with ``sure`` the deed."""
    actor_of(request).require("beatwright.requeue_dead")
    sure = "sure" in request.POST
    try:
        chosen, rate = acting.chosen(request), acting.rate_of(request)
        if sure and not chosen.is_ticked:
            return _begin(request, BulkVerb.REQUEUE, chosen, rate=rate)
        done = requeue(
            chosen.runs, actor=actor_of(request), now=timezone.now(), rate=rate, dry_run=not sure
        )
    except DomainError as error:
        return _refused(request, error)
    told = acting.requeue_summary(done)
    if sure:
        messages.success(
            request, f"Requeued {told['eligible']:,}, left {told['left']:,} unchanged."
        )
        return HttpResponseRedirect(reverse(HERE[1]))
    context = told | {
        "title": "Requeue dead letters",
        "count": acting.number_meant(chosen),
        "chosen": chosen,
        "rate": request.POST.get("rate", ""),
    }
    return _page(site, request, "console/dead/requeue.html", context)


def discard_view(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """POST: the question with its number; with ``sure`` and a ``reason`` the deed, for exactly
    those that it named.
    """
    actor_of(request).require("beatwright.requeue_dead")
    reason = request.POST.get("reason", "").strip()
    crumbs = [(HERE[0], reverse(HERE[1]))]
    try:
        chosen = acting.chosen(request)
        question = acting.discard_question(request, chosen)
    except DomainError as error:
        return _refused(request, error)
    if not is_sure(request):
        return ask_to_confirm(site, request, question, crumbs)
    try:
        if not chosen.is_ticked and chosen.until is None:
            return _begin(request, BulkVerb.DISCARD, chosen, reason=reason)
        return _discard(request, chosen, reason)
    except DomainError as error:
        return ask_to_confirm(
            site, request, replace(question, problem=f"Not discarded: {error}"), crumbs
        )


def _discard(request: HttpRequest, chosen: acting.Chosen, reason: str) -> HttpResponse:
    runs = list(chosen.runs)
    count = discard(runs, actor=actor_of(request), reason=reason, now=timezone.now())
    told = f"Discarded {count:,} dead letter{'' if count == 1 else 's'}."
    messages.success(
        request,
        format_html("{}{}", told, undo.offer(request, "discard", [str(run.pk) for run in runs])),
    )
    return HttpResponseRedirect(reverse(HERE[1]))


def _begin(
    request: HttpRequest, verb: BulkVerb, chosen: acting.Chosen, **arguments: Any
) -> HttpResponse:
    """A whole group, or all of them: on to the page that shows how far it is."""
    begun = begin_bulk(verb, chosen.filter, arguments, actor=actor_of(request), now=timezone.now())
    return HttpResponseRedirect(reverse("beatwright:bulk_operation", args=[begun.pk]))


def _groups(request: HttpRequest) -> dict[str, Any]:
    return listing.dead_letter_panels(actor_of(request), timezone.now()) | {
        "can_resolve": _may(request)
    }


def _may(request: HttpRequest) -> bool:
    return actor_of(request).may("beatwright.requeue_dead")


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    messages.error(request, f"{error.field}: {error}" if error.field else str(error))
    return HttpResponseRedirect(reverse(HERE[1]))


def _page(
    site: AdminSite, request: HttpRequest, template: str, context: dict[str, Any]
) -> HttpResponse:
    crumbs = [] if template.endswith("groups.html") else [(HERE[0], reverse(HERE[1]))]
    return TemplateResponse(
        request, template, site.each_context(request) | {"crumbs": crumbs} | context
    )
