"""The addresses under /api/v1/, and what every other one there answers."""

from __future__ import annotations

from django.urls import path

from jobs.api.compat import godispatch
from jobs.api.views import (
    access,
    alerts,
    bulk,
    calendars,
    dead_letters,
    imports,
    night,
    nothing,
    pools,
    revealing,
    runs,
    secrets,
    site,
)
from jobs.api.views.document import OpenApi
from jobs.api.views.job import jobs, verbs, versions

app_name = "api"
NOUNS = (
    jobs, verbs, versions, runs, revealing, dead_letters, bulk, pools, calendars, secrets, alerts,
    access, site, night, imports
)  # fmt: skip
urlpatterns = [
    *(pattern for noun in NOUNS for pattern in noun.urlpatterns),
    path("schema/", OpenApi.as_view(), name="schema"),
    *godispatch.urlpatterns,
    *nothing.urlpatterns,
]
