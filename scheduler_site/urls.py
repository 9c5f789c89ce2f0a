"""Every address the web process answers."""

from functools import partial

from django.urls import URLPattern, URLResolver, include, path
from django.views.defaults import server_error
from django.views.generic import RedirectView

from jobs.admin import registered  # noqa: F401  # the pages register themselves
from jobs.admin.doors import is_extended
from jobs.admin.site import site
from jobs.api.docs import docs_page

handler403 = "jobs.admin.refusals.permission_denied"
handler500 = partial(server_error, template_name="console/failed.html")
urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="beatwright:index")),
    *([path("admin/", include("jobs.signing_in.urls"))] if is_extended() else ()),
    path("admin/", site.urls),
    path("flower/", include("jobs.flower.urls")),
    path("api/v1/docs/", site.in_frame(site.admin_view(docs_page(site))), name="api_docs"),
    path("api/v1/", include("jobs.api.urls")),
    path("", include("jobs.api.compat.urls")),
]
