"""The addresses under /api/v1/, and what every other one there answers."""

from __future__ import annotations

from django.urls import path

from jobs.api.legacy import system_d
from jobs.api.views import (
    access,
    alerts,
    bulk,
    dead_letters,
    imports,
    job_verbs,
    jobs,
    nothing,
    pools,
    revealing,
    runs,
    secrets,
    site,
    versions,
)
from jobs.api.views.document import OpenApi

app_name = "api"
NOUNS = (
    jobs, job_verbs, versions, runs, revealing, dead_letters, bulk, pools, secrets, alerts, access, site, imports
)  # fmt: skip
urlpatterns = [
    *(pattern for noun in NOUNS for pattern in noun.urlpatterns),
    path("schema/", OpenApi.as_view(), name="schema"),
    *system_d.urlpatterns,
    *nothing.urlpatterns,
]
