"""The addresses of the calendars."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from jobs.admin.calendar import form, listing, page


def calendar_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path(
            "beatwright/calendars/", view(partial(listing.calendars_page, site)), name="calendars"
        ),
        # No name of a calendar begins like these; one could be "add".
        path(
            "beatwright/calendars/_add/",
            view(partial(form.edit_calendar, site)),
            name="calendar_add",
        ),
        path(
            "beatwright/calendars/_f/month/",
            view(require_POST(form.month_fragment)),
            name="calendar_month",
        ),
        path(
            "beatwright/calendars/<str:name>/",
            view(partial(page.calendar_page, site)),
            name="calendar",
        ),
        path(
            "beatwright/calendars/<str:name>/change/",
            view(partial(form.edit_calendar, site)),
            name="calendar_change",
        ),
        path(
            "beatwright/calendars/<str:name>/delete/",
            view(partial(page.delete_calendar_page, site)),
            name="calendar_delete",
        ),
    ]
