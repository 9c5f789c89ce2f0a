"""The addresses of the import."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from jobs.admin.importing import views as importing


def import_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path(
            "beatwright/import/",
            view(partial(importing.import_page, site)),
            name="beatwright_import",
        ),
        path(
            "beatwright/import/<uuid:pk>/",
            view(partial(importing.plan_page, site)),
            name="beatwright_import_plan",
        ),
    ]
