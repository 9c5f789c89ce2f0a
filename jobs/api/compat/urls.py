"""The older systems' addresses that do not lie under /api/v1/."""

from __future__ import annotations

from django.urls import re_path

from jobs.api.compat import distributed_job_scheduler, dts_go
from jobs.api.views.nothing import NothingOlder

urlpatterns = [
    *distributed_job_scheduler.urlpatterns,
    *dts_go.urlpatterns,
    re_path(r"^(jobs|v1)(/|$)", NothingOlder.as_view()),
]
