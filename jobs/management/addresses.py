"""The addresses that a command asks in its own process: the API's, each loaded once it is asked
for.

A command asks one or two of them, and importing all views takes longer than any of them to answer.
"""

from __future__ import annotations

from django.urls import URLResolver
from django.urls.resolvers import RegexPattern

# The first word of an address below /api/v1/ → the modules of jobs.api.views that have addresses
# there.
PLACES = {
    "jobs": ("job.jobs", "job.verbs", "job.versions", "runs", "revealing"),
    "backfills": ("job.verbs",),
    "runs": ("runs", "revealing"),
    "dead-letters": ("dead_letters",),
    "bulk": ("bulk",),
    "pools": ("places.pools",),
    "calendars": ("places.calendars",),
    "secrets": ("places.secrets",),
    "secret-keys": ("places.secrets",),
    "alerts": ("alerts",),
    "channels": ("notice.channels",),
    "routes": ("notice.routes",),
    "notices": ("notice.notices",),
    "tokens": ("access",),
    "audit": ("access",),
    "queues": ("site",),
    "workers": ("site",),
    "schedules": ("site",),
    "forecast": ("night",),
    "timeline": ("night",),
}


def _below(start: str, module: str) -> URLResolver:
    return URLResolver(RegexPattern(start), module)


urlpatterns = [
    *(
        _below(rf"^api/v1/(?={word}/)", f"jobs.api.views.{module}")
        for word, modules in PLACES.items()
        for module in modules
    ),
    _below("^", "jobs.api.compat.urls"),
    _below("^", "jobs.api.views.nothing"),
]
