"""``path("beatwright/", include("beatwright.urls"))``: the console, and below it the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

from beatwright import installed  # first: without the app nothing below can be imported
from beatwright.joining import leave_admin
from jobs.admin import registered  # noqa: F401  # the pages register themselves
from jobs.admin.site import site
from jobs.api.docs import docs_page
from jobs.monitoring.middleware import ANSWERS

leave_admin(installed.default_admin())  # what the pages import has registered its models there

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/docs/", site.in_frame(site.admin_view(docs_page(site))), name="api_docs"),
    path("api/v1/", include("jobs.api.urls")),
    *(path(address.lstrip("/"), require_safe(view)) for address, view in ANSWERS.items()),
    path("", site.urls),
]
