"""The addresses under /api/v1/, and what every other one there answers."""

from __future__ import annotations

from django.urls import path

from jobs.api.compat import godispatch
from jobs.api.views import (
    access,
    alerts,
    bulk,
    dead_letters,
    imports,
    night,
    nothing,
    revealing,
    runs,
    site,
)
from jobs.api.views.document import OpenApi
from jobs.api.views.job import jobs, verbs, versions
from jobs.api.views.notice import channels, notices, routes
from jobs.api.views.places import calendars, pools, secrets

app_name = "api"
NOUNS = (
    jobs, verbs, versions, runs, revealing, dead_letters, bulk, pools, calendars, secrets, alerts,
    access, site, night, imports, channels, routes, notices
)  # fmt: skip
urlpatterns = [
    *(pattern for noun in NOUNS for pattern in noun.urlpatterns),
    path("schema/", OpenApi.as_view(), name="schema"),
    *godispatch.urlpatterns,
    *nothing.urlpatterns,
]
