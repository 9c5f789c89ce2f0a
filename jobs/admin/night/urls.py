"""The addresses of the calendar, the timeline, and the spreading of starts."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from jobs.admin.night import calendar, spreading, timeline


def night_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/timeline/", view(partial(timeline.timeline_page, site)), name="timeline"),
        path(
            "beatwright/timeline/_f/",
            view(timeline.timeline_fragment),
            name="timeline_fragment",
        ),
        path("beatwright/calendar/", view(partial(calendar.calendar_page, site)), name="calendar"),
        path("beatwright/spread/", view(partial(spreading.spread_page, site)), name="spread"),
    ]
