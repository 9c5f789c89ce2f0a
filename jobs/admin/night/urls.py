"""The addresses of the forecast, the timeline, and the spreading of starts."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from jobs.admin.night import forecast, spreading, timeline


def night_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("beatwright/timeline/", view(partial(timeline.timeline_page, site)), name="timeline"),
        path(
            "beatwright/timeline/_f/",
            view(timeline.timeline_fragment),
            name="timeline_fragment",
        ),
        path("beatwright/forecast/", view(partial(forecast.forecast_page, site)), name="forecast"),
        path("beatwright/spread/", view(partial(spreading.spread_page, site)), name="spread"),
    ]
