"""The pages of the bulk operations: all of them, one of them with its progress, and its button."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.actions.bulk import begin_bulk, cancel_bulk, reversed_changes
from jobs.admin.bulk.listing import (
    TITLES,
    bulk_change_mark,
    bulk_detail,
    bulk_list,
    operations_page,
)
from jobs.admin.look import live, paging
from jobs.errors import DomainError, Forbidden
from jobs.models import BulkOperation, BulkVerb
from jobs.queries.bulk import BulkNotFound, find_bulk

HERE = ("Bulk operations", "beatwright:bulk_operations")
TO_SEE = "beatwright.view_bulkoperation"


def bulk_list_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor_of(request).require(TO_SEE)
    context = bulk_list(request, operations_page(request), timezone.now())
    context |= {
        "title": HERE[0],
        "live_url": reverse("beatwright:bulk_fragment") + paging.link(request),
    }
    return TemplateResponse(request, "console/bulk/list.html", site.each_context(request) | context)


def bulk_list_fragment(request: HttpRequest) -> HttpResponse:
    """The table alone, for the page's own refresh."""
    actor_of(request).require(TO_SEE)
    found = operations_page(request)
    return live.answer(
        request,
        bulk_change_mark(*found.rows),
        lambda: TemplateResponse(
            request, "console/bulk/_rows.html", bulk_list(request, found, timezone.now())
        ),
    )


def operation_page(site: AdminSite, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    operation = _operation(request, pk)
    context: dict[str, Any] = {
        "title": TITLES[BulkVerb(operation.verb)],
        "crumbs": [(HERE[0], reverse(HERE[1]))],
        "live_url": reverse("beatwright:bulk_operation_fragment", args=[pk]),
    }
    context |= bulk_detail(operation, actor_of(request), timezone.now())
    return TemplateResponse(
        request, "console/bulk/detail.html", site.each_context(request) | context
    )


def operation_fragment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far it is, for the page's own refresh."""
    operation = _operation(request, pk)
    return live.answer(
        request,
        bulk_change_mark(operation),
        lambda: TemplateResponse(
            request,
            "console/bulk/_live.html",
            bulk_detail(operation, actor_of(request), timezone.now()),
        ),
    )


def cancel_bulk_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    operation = _operation(request, pk)
    try:
        cancel_bulk(operation, actor=actor_of(request), now=timezone.now())
        messages.success(request, "Cancelled. Items that were not processed yet stay unchanged.")
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"Not cancelled: {error}.")
    return HttpResponseRedirect(reverse("beatwright:bulk_operation", args=[pk]))


def reverse_bulk_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The changes back: another operation, which leaves alone what was changed since."""
    operation = _operation(request, pk)
    try:
        undone = begin_bulk(
            operation.verb,
            {},
            {"changes": reversed_changes(operation)},
            actor=actor_of(request),
            now=timezone.now(),
        )
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"Not undone: {error}.")
        undone = operation
    return HttpResponseRedirect(reverse("beatwright:bulk_operation", args=[undone.pk]))


def _operation(request: HttpRequest, pk: uuid.UUID) -> BulkOperation:
    actor_of(request).require(TO_SEE)
    try:
        return find_bulk(str(pk), actor=actor_of(request))
    except BulkNotFound as error:
        raise Http404(str(error)) from error
