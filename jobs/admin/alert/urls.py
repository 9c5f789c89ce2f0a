"""The addresses of the alerts."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from jobs.admin.alert import acknowledging, views


def alert_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path(
            "beatwright/alerts/",
            view(partial(views.alert_list_page, site)),
            name="alerts",
        ),
        path(
            "beatwright/alerts/_f/rows/",
            view(views.alert_list_fragment),
            name="alerts_fragment",
        ),
        path(
            "beatwright/alerts/acknowledge/",
            view(require_POST(acknowledging.acknowledge_all)),
            name="alerts_acknowledge",
        ),
        path(
            "beatwright/alerts/restore/",
            view(require_POST(acknowledging.take_back_all)),
            name="alerts_restore",
        ),
        path(
            "beatwright/alerts/<int:pk>/acknowledge/",
            view(require_POST(acknowledging.acknowledge)),
            name="alert_acknowledge",
        ),
        path(
            "beatwright/alerts/<int:pk>/restore/",
            view(require_POST(acknowledging.take_back)),
            name="alert_restore",
        ),
    ]
