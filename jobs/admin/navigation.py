"""The side bar: what one operates, what one configures, what lies below."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from jobs.access.actor import actor_of
from jobs.access.roles import FLOWER
from jobs.admin.importing.permission import PERMISSION as TO_IMPORT

# Title, icon, and app.model, or the name of an address and the permission it takes.
Item = tuple[str, str, str]

GROUPS: tuple[tuple[str, bool, tuple[Item, ...]], ...] = (
    (
        "Operate",
        False,
        (
            ("Dashboard", "monitoring", "beatwright:index"),
            ("Alerts", "notifications", "beatwright:alerts beatwright.view_alert"),
            ("Jobs", "event_repeat", "beatwright.job"),
            ("Runs", "play_circle", "beatwright.run"),
            (
                "Timeline",
                "view_timeline",
                "beatwright:timeline beatwright.view_run",
            ),
            ("Forecast", "calendar_view_week", "beatwright:forecast beatwright.view_job"),
            ("Dead letters", "skull", "beatwright:dead_letters beatwright.view_run"),
            (
                "Bulk operations",
                "checklist",
                "beatwright:bulk_operations beatwright.view_bulkoperation",
            ),
            ("Queues", "inbox", "beatwright:queues beatwright.view_queue"),
            ("Pools", "donut_small", "beatwright:pools beatwright.view_pool"),
            ("Calendars", "calendar_month", "beatwright:calendars beatwright.view_calendar"),
            ("Secrets", "encrypted", "beatwright:secrets beatwright.use_secret"),
            ("Workers", "memory", "beatwright:workers beatwright.view_worker"),
            ("Import", "upload_file", f"beatwright:beatwright_import {TO_IMPORT}"),
        ),
    ),
    (
        "Notices",
        False,
        (
            ("Notices", "outbox", "beatwright:notices beatwright.view_notice"),
            ("Routes", "alt_route", "beatwright:routes beatwright.view_route"),
            ("Channels", "notifications", "beatwright:channels beatwright.view_channel"),
        ),
    ),
    (
        "Celery",
        False,
        (
            ("Task results", "task", "django_celery_results.taskresult"),
            ("Periodic tasks", "update", "django_celery_beat.periodictask"),
            ("Flower", "local_florist", f"flower {FLOWER}"),
        ),
    ),
    (
        "System",
        True,
        (
            ("Audit", "history", "beatwright.auditentry"),
            ("API", "api", "api_docs"),
            ("API tokens", "key", "beatwright.apitoken"),
            ("People", "group", "beatwright:people auth.view_user"),
            ("Users", "person", "auth.user"),
            ("Groups", "groups", "auth.group"),
            ("Intervals", "timer", "django_celery_beat.intervalschedule"),
            ("Crontabs", "calendar_clock", "django_celery_beat.crontabschedule"),
            ("Clocked", "alarm", "django_celery_beat.clockedschedule"),
            ("Solar events", "wb_twilight", "django_celery_beat.solarschedule"),
            ("Group results", "stacks", "django_celery_results.groupresult"),
        ),
    ),
)
OPEN_TO_ALL = {"api_docs"}
# What shows rows and tasks of all, since they carry no tags: not for whom tags limit.
OF_ALL = ("django_celery_", "flower")
# Whoever may have tokens sees their own; the others' need more.
SEEN_WITH = {"beatwright.apitoken": "beatwright.add_apitoken"}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's SIDEBAR navigation; an item is shown to whom may see its list."""
    return [
        {
            "title": title,
            "separator": folded,
            "collapsible": folded,
            "items": [_item(request, *item) for item in items if _resolved(item[2])],
        }
        for title, folded, items in GROUPS
    ]


def pages(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Title and address of every page in the side bar that this person may see."""
    for _, _, items in GROUPS:
        for title, _, target in items:
            found = _resolved(target)
            if found and _allows(target, found[1])(request):
                yield title, found[0]


def _item(request: HttpRequest, title: str, icon: str, target: str) -> dict[str, Any]:
    address, permission = _resolved(target) or ("", "")
    is_index = target == "beatwright:index"
    is_here = request.path == address if is_index else request.path.startswith(address)
    return {
        "title": title,
        "icon": icon,
        "link": address,
        "active": is_here,
        "permission": _allows(target, permission),
    }


def _resolved(target: str) -> tuple[str, str] | None:
    """The address, and the permission that its page takes; None for a page that this project does
    not have.
    """
    try:
        if target in OPEN_TO_ALL:
            return reverse(target), ""
        if target.startswith(("beatwright:", "flower")):
            name, _, permission = target.partition(" ")
            return reverse(name), permission
        app, _, model = target.partition(".")
        return reverse(f"beatwright:{app}_{model}_changelist"), SEEN_WITH.get(
            target, f"{app}.view_{model}"
        )
    except NoReverseMatch:
        return None


def in_flower(path: str) -> str:
    """The address of one of Flower's pages; empty where Flower has none."""
    found = _resolved("flower")
    return f"{found[0]}{path}" if found else ""


def _allows(target: str, permission: str) -> Callable[[HttpRequest], bool]:
    if target.startswith(OF_ALL):
        return lambda request: actor_of(request).may_everywhere(permission)
    return lambda request: not permission or actor_of(request).may(permission)
