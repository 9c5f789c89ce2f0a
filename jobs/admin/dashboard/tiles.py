"""The row of numbers at the top; each is a link to the very rows that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.dashboard.panel import Panel, panel
from jobs.admin.look.times import viewer_times, zone_of
from jobs.models import Health
from jobs.moments import iso
from jobs.queries.paging import capped
from jobs.queries.site import dashboard as read
from jobs.queries.site.rollups import today as ended_since
from jobs.words import roughly


@dataclass(frozen=True)
class Tile:
    """``waits`` is how long something has waited since ``since``, from where the browser counts
    on.
    """

    label: str
    number: str
    note: str
    icon: str
    tone: str
    url: str
    waits: str = ""
    since: str = ""


def panels(waiting: Panel, actor: Actor, now: datetime) -> dict[str, Panel]:
    """By name; each is read by itself. What ended today is known of all jobs together only."""
    trouble = panel("trouble", partial(read.jobs_in_trouble, actor=actor))
    today = {"tile_today": panel("today", partial(ended_today, now))} if actor.tags is None else {}
    return today | {
        "tile_running": panel("running", partial(running_tile, actor)),
        "tile_queued": waiting if waiting.error else Panel(queued_tile(waiting.data, now)),
        "tile_failing": trouble
        if trouble.error
        else Panel(failing_tile(trouble.data[Health.FAILING])),
        "tile_late": trouble if trouble.error else Panel(late_tile(trouble.data[Health.LATE])),
        "tile_dead": panel("dead", partial(dead, actor)),
    }


def running_tile(actor: Actor) -> Tile:
    count = read.running_count(actor=actor)
    return Tile("Running", capped(count), "", "play_circle", "info", _runs("running"))


def queued_tile(waiting: read.Queued, now: datetime) -> Tile:
    since = waiting.since if waiting.since and waiting.since <= now else None
    waits, mark = (roughly((now - since).total_seconds()), iso(since)) if since else ("", "")
    return Tile(
        "Queued", capped(waiting.count), "", "schedule", "neutral", _runs("queued"), waits, mark
    )


def failing_tile(count: int) -> Tile:
    icon, tone = ("cancel", "bad") if count else ("check_circle", "good")
    return Tile(
        "Failing jobs",
        capped(count),
        "",
        icon,
        tone,
        f"{reverse('beatwright:beatwright_job_changelist')}?health=failing",
    )


def late_tile(count: int) -> Tile:
    icon, tone = ("timer", "warn") if count else ("check_circle", "good")
    return Tile(
        "Late",
        capped(count),
        "",
        icon,
        tone,
        f"{reverse('beatwright:beatwright_job_changelist')}?health=late",
    )


def dead(actor: Actor) -> Tile:
    count = read.dead_count(actor=actor)
    icon, tone = ("skull", "bad") if count else ("check_circle", "good")
    return Tile("Dead letters", capped(count), "", icon, tone, reverse("beatwright:dead_letters"))


def ended_today(now: datetime) -> Tile:
    """Since midnight in the viewer's zone; in the installation's where they look at jobs' zones."""
    zone = zone_of(viewer_times().zone_for(settings.TIME_ZONE))
    ended = ended_since(midnight(now, zone))
    share = ended.success_share
    note = f"{ended.failed:,} failed" + (f" · {share:.1%}" if share is not None else "")
    tone = "good" if not ended.failed else "warn"
    return Tile("Ok today", f"{ended.ok:,}", note, "task_alt", tone, "#throughput")


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _runs(state: str) -> str:
    return f"{reverse('beatwright:beatwright_run_changelist')}?state={state}"
