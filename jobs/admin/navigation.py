"""The side bar: what one operates, what one configures, what lies below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.admin.importing.permission import may_import

Item = tuple[str, str, str]  # title, icon, app.model or the name of a page

# Pages that are no model's list, and who may open them.
PAGES: dict[str, Callable[[Any], bool]] = {"admin:jobs_import": may_import}

GROUPS: tuple[tuple[str, bool, tuple[Item, ...]], ...] = (
    (
        "Operate",
        False,
        (
            ("Dashboard", "monitoring", ""),
            ("Jobs", "event_repeat", "jobs.job"),
            ("Runs", "play_circle", "jobs.run"),
            ("Import", "upload_file", "admin:jobs_import"),
        ),
    ),
    (
        "Celery",
        False,
        (
            ("Task results", "task", "django_celery_results.taskresult"),
            ("Periodic tasks", "update", "django_celery_beat.periodictask"),
        ),
    ),
    (
        "System",
        True,
        (
            ("Audit", "history", "jobs.auditentry"),
            ("API tokens", "key", "jobs.apitoken"),
            ("Users", "person", "auth.user"),
            ("Groups", "group", "auth.group"),
            ("Intervals", "timer", "django_celery_beat.intervalschedule"),
            ("Crontabs", "calendar_clock", "django_celery_beat.crontabschedule"),
            ("Clocked", "alarm", "django_celery_beat.clockedschedule"),
            ("Solar events", "wb_twilight", "django_celery_beat.solarschedule"),
            ("Group results", "stacks", "django_celery_results.groupresult"),
        ),
    ),
)
# Whoever may have tokens sees their own; the others' need more.
SEEN_WITH = {"jobs.apitoken": "jobs.add_apitoken"}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's SIDEBAR navigation; an item is shown to whom may see its list."""
    return [
        {
            "title": title,
            "separator": folded,
            "collapsible": folded,
            "items": [_item(request, *item) for item in items],
        }
        for title, folded, items in GROUPS
    ]


def _item(request: HttpRequest, title: str, icon: str, label: str) -> dict[str, Any]:
    if label in PAGES:
        return _page_item(request, title, icon, label)
    app, _, model = label.partition(".")
    address = reverse(f"admin:{app}_{model}_changelist" if model else "admin:index")
    is_here = request.path.startswith(address) if model else request.path == address
    permission = SEEN_WITH.get(label, f"{app}.view_{model}" if model else "")
    return {"title": title, "icon": icon, "link": address, "active": is_here, "permission": _allows(permission)}


def _page_item(request: HttpRequest, title: str, icon: str, name: str) -> dict[str, Any]:
    address = reverse(name)
    is_here, allowed = request.path.startswith(address), PAGES[name]
    return {"title": title, "icon": icon, "link": address, "active": is_here, "permission": lambda r: allowed(r.user)}


def _allows(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: not permission or bool(request.user.has_perm(permission))
