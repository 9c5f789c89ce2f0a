"""The addresses of what runs share: queues, pools, secrets and workers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from jobs.admin.places import pool_form, pools, queues, secret_form, secrets, workers


def place_urls(site: AdminSite) -> list[URLPattern]:
    return [*_queues_and_pools(site), *_secrets(site), *_workers(site)]


def _queues_and_pools(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/queues/", view(partial(queues.queues_page, site)), name="queues"),
        path("beatwright/queues/_f/rows/", view(queues.queues_fragment), name="queues_fragment"),
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
        path("beatwright/pools/", view(partial(pools.pools_page, site)), name="pools"),
        path("beatwright/pools/_f/rows/", view(pools.pools_fragment), name="pools_fragment"),
        path("beatwright/pools/add/", view(partial(pool_form.edit_pool, site)), name="pool_add"),
        path(
            "beatwright/pools/<str:name>/change/",
            view(partial(pool_form.edit_pool, site)),
            name="pool_change",
        ),
        path(
            "beatwright/pools/<str:name>/delete/",
            view(partial(pool_form.delete_pool_page, site)),
            name="pool_delete",
        ),
    ]


def _secrets(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/secrets/", view(partial(secrets.secrets_page, site)), name="secrets"),
        # No name of a secret begins like this; one could be "add".
        path("beatwright/secrets/_add/", view(_secret_form(site)), name="secret_add"),
        path(
            "beatwright/secrets/<str:name>/",
            view(partial(secret_form.secret_page, site)),
            name="secret",
        ),
        path(
            "beatwright/secrets/<str:name>/change/",
            view(_secret_form(site)),
            name="secret_change",
        ),
        path(
            "beatwright/secrets/<str:name>/delete/",
            view(partial(secret_form.delete_secret_page, site)),
            name="secret_delete",
        ),
    ]


def _workers(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/workers/", view(partial(workers.workers_page, site)), name="workers"),
        path(
            "beatwright/workers/_f/rows/",
            view(workers.workers_fragment),
            name="workers_fragment",
        ),
        path(
            "beatwright/workers/<path:name>/shutdown/",
            view(partial(workers.shut_down, site)),
            name="worker_shutdown",
        ),
    ]


def _secret_form(site: AdminSite) -> Callable[..., HttpResponse]:
    """What is written there is in no report of an error either."""
    return sensitive_post_parameters("value")(partial(secret_form.edit_secret, site))
