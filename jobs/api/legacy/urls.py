"""The older systems' addresses that do not lie under /api/v1/."""

from __future__ import annotations

from django.urls import re_path

from jobs.api.legacy import system_b, system_c
from jobs.api.views.nothing import Nothing

urlpatterns = [*system_b.urlpatterns, *system_c.urlpatterns, re_path(r"^(jobs|v1)(/|$)", Nothing.as_view())]
