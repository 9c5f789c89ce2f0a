"""The addresses of channels, routes and notices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from jobs.admin.notice import channel_form, channels, listing, route_form, routes


def notice_urls(site: AdminSite) -> list[URLPattern]:
    return [*_channels(site), *_routes(site), *_notices(site)]


def _channels(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/channels/", view(partial(channels.channels_page, site)), name="channels"),
        # No name of a channel begins like this; one could be "add".
        path("beatwright/channels/_add/", view(_channel_form(site)), name="channel_add"),
        path(
            "beatwright/channels/<str:name>/change/",
            view(_channel_form(site)),
            name="channel_change",
        ),
        path(
            "beatwright/channels/<str:name>/test/",
            view(require_POST(channels.test_now)),
            name="channel_test",
        ),
        path(
            "beatwright/channels/<str:name>/delete/",
            view(partial(channels.delete_channel_page, site)),
            name="channel_delete",
        ),
    ]


def _routes(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/routes/", view(partial(routes.routes_page, site)), name="routes"),
        path(
            "beatwright/routes/_add/",
            view(partial(route_form.edit_route, site)),
            name="route_add",
        ),
        path(
            "beatwright/routes/<str:name>/change/",
            view(partial(route_form.edit_route, site)),
            name="route_change",
        ),
        path(
            "beatwright/routes/<str:name>/delete/",
            view(partial(routes.delete_route_page, site)),
            name="route_delete",
        ),
    ]


def _notices(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/notices/", view(partial(listing.notices_page, site)), name="notices"),
        path(
            "beatwright/notices/<uuid:pk>/",
            view(partial(listing.notice_page_view, site)),
            name="notice",
        ),
    ]


def _channel_form(site: AdminSite) -> Callable[..., HttpResponse]:
    """What is written there is in no report of an error either."""
    return sensitive_post_parameters("address", "key")(partial(channel_form.edit_channel, site))
