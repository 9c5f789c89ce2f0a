"""The addresses of the dead letters."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from jobs.admin.dead import views as dead


def dead_letter_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path(
            "beatwright/dead/",
            view(partial(dead.dead_letter_list_page, site)),
            name="dead_letters",
        ),
        path(
            "beatwright/dead/_f/rows/",
            view(dead.dead_letter_list_fragment),
            name="dead_fragment",
        ),
        path(
            "beatwright/dead/group/<slug:fingerprint>/",
            view(partial(dead.group_page, site)),
            name="dead_group",
        ),
        path(
            "beatwright/dead/requeue/",
            view(require_POST(partial(dead.requeue_page, site))),
            name="dead_requeue",
        ),
        path(
            "beatwright/dead/discard/",
            view(require_POST(partial(dead.discard_view, site))),
            name="dead_discard",
        ),
    ]
