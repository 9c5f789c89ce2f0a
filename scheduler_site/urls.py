"""Every address the web process answers."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from jobs.admin.site import site

handler403 = "jobs.admin.refusals.permission_denied"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", site.urls),
    path("flower/", include("jobs.flower.urls")),
]
