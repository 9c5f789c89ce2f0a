"""The addresses of what the job form asks while one types."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from jobs.admin.job.form import preview


def preview_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    return [
        path("_p/schedule/", view(preview.schedule_preview), name="schedule_preview"),
        path("_p/task/", view(preview.task_help), name="task_help"),
        path("_p/params/", view(preview.params_check), name="params_check"),
        path("_p/retries/", view(preview.retry_waits), name="retry_waits"),
    ]
