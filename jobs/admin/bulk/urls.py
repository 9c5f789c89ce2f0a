"""The addresses of the bulk operations."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from jobs.admin.bulk import views as bulk


def bulk_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/bulk/", view(partial(bulk.bulk_list_page, site)), name="bulk_operations"),
        path("beatwright/bulk/_f/rows/", view(bulk.bulk_list_fragment), name="bulk_fragment"),
        path(
            "beatwright/bulk/<uuid:pk>/",
            view(partial(bulk.operation_page, site)),
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
        path(
            "beatwright/bulk/<uuid:pk>/reverse/",
            view(require_POST(bulk.reverse_bulk_page)),
            name="bulk_operation_reverse",
        ),
    ]
