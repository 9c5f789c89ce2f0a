"""The side bar: what one operates, what one configures, what lies below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

GROUPS: tuple[tuple[str, bool, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "Operate",
        False,
        (
            ("Dashboard", "monitoring", "admin:index", ""),
            ("Jobs", "event_repeat", "admin:jobs_job_changelist", "jobs.view_job"),
            ("Runs", "play_circle", "admin:jobs_run_changelist", "jobs.view_run"),
        ),
    ),
    (
        "Celery",
        False,
        (
            ("Task results", "task", "admin:django_celery_results_taskresult_changelist", "django_celery_results.view_taskresult"),
            ("Periodic tasks", "update", "admin:django_celery_beat_periodictask_changelist", "django_celery_beat.view_periodictask"),
        ),
    ),
    (
        "System",
        True,
        (
            ("Users", "person", "admin:auth_user_changelist", "auth.view_user"),
            ("Groups", "group", "admin:auth_group_changelist", "auth.view_group"),
            ("Intervals", "timer", "admin:django_celery_beat_intervalschedule_changelist", "django_celery_beat.view_intervalschedule"),
            ("Crontabs", "calendar_clock", "admin:django_celery_beat_crontabschedule_changelist", "django_celery_beat.view_crontabschedule"),
            ("Clocked", "alarm", "admin:django_celery_beat_clockedschedule_changelist", "django_celery_beat.view_clockedschedule"),
            ("Solar events", "wb_twilight", "admin:django_celery_beat_solarschedule_changelist", "django_celery_beat.view_solarschedule"),
            ("Group results", "stacks", "admin:django_celery_results_groupresult_changelist", "django_celery_results.view_groupresult"),
        ),
    ),
)  # fmt: skip


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's SIDEBAR navigation; an item is shown to whom it is of use."""
    return [
        {
            "title": title,
            "separator": folded,
            "collapsible": folded,
            "items": [_item(request, *item) for item in items],
        }
        for title, folded, items in GROUPS
    ]


def _item(request: HttpRequest, title: str, icon: str, name: str, permission: str) -> dict[str, Any]:
    address = reverse(name)
    is_here = request.path == address if name == "admin:index" else request.path.startswith(address)
    return {"title": title, "icon": icon, "link": address, "active": is_here, "permission": _allows(permission)}


def _allows(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: not permission or bool(request.user.has_perm(permission))
