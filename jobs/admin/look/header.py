"""What stands at the top of every page: is a scheduler alive, how many workers are, and a banner
when they are not.

Read once in five seconds for all viewers of a web process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from jobs.admin.look import live
from jobs.admin.look.times import relative
from jobs.moments import stamp
from jobs.queries.attention.alerts import NEVER
from jobs.queries.site.condition import SKEW_ALLOWED, SiteHealth, site_health
from jobs.words import duration

CACHE_KEY = "console.header"
CACHED_SECONDS = 5
USUAL_TICK = timedelta(seconds=5)
USUAL_LAG = timedelta(seconds=1)


@dataclass(frozen=True)
class Chip:
    """``note`` is what there is room for on a wide screen only."""

    word: str
    tone: str
    title: str
    note: str = ""
    icon: str = ""
    number: str = ""


@dataclass(frozen=True)
class Header:
    """``warnings`` are the sentences of the red banner, none when all is well."""

    scheduler: Chip
    workers: Chip
    warnings: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Changes when something is to be seen; a title's seconds alone are no news."""
        return repr((self.scheduler.word, self.scheduler.note, self.workers, self.warnings))


def header(now: datetime) -> Header:
    """As it was at most five seconds ago."""
    known: Header | None = cache.get(CACHE_KEY)
    if known is None:
        known = prepared(site_health(now=now), now)
        cache.set(CACHE_KEY, known, CACHED_SECONDS)
    return known


def header_fragment(request: HttpRequest) -> HttpResponse:
    """The chips and the banner alone, for every page's refresh."""
    present = header(timezone.now())
    return live.answer(
        request,
        present.mark,
        lambda: TemplateResponse(request, "console/header/_live.html", {"header": present}),
    )


def prepared(health: SiteHealth, now: datetime) -> Header:
    return Header(scheduler_chip(health, now), workers_chip(health), tuple(warnings(health)))


def scheduler_chip(health: SiteHealth, now: datetime) -> Chip:
    """A scheduler is alive as long as somebody holds the leader's lease."""
    if health.leader is None or health.renewed_at is None:
        advice = "Nothing is planned until you start one: celery -A scheduler_site beat"
        return Chip("no scheduler", "bad", advice, icon="warning")
    seen = relative(health.renewed_at, now)
    if health.silence is not None:
        title = f"last seen {seen}: {health.leader.holder}. Nothing is being planned."
        return Chip("scheduler silent", "bad", title, icon="warning")
    tick = _up_to(USUAL_TICK, now - health.renewed_at)
    lag = duration(health.lag.total_seconds())
    title = (
        f"Leader: {health.leader.holder}, last heartbeat {seen}. Occurrences are planned "
        f"{lag} late."
    )
    note = f"tick {tick} · lag {_up_to(USUAL_LAG, health.lag)}"
    is_late = health.lag > timedelta(seconds=10)
    return Chip(
        "scheduler behind" if is_late else "scheduler ok",
        "warn" if is_late else "good",
        title,
        note,
    )


def workers_chip(health: SiteHealth) -> Chip:
    word = "worker" if health.workers == 1 else "workers"
    stale = f"{health.stale_workers} stale" if health.stale_workers else ""
    title = (
        f"{health.busy} of {health.slots} slots are busy"
        if health.workers
        else "no worker has connected"
    )
    tone = "warn" if stale else "neutral"
    return Chip(
        word,
        tone if health.workers else "bad",
        title,
        stale,
        icon="memory",
        number=str(health.workers),
    )


def warnings(health: SiteHealth) -> Iterator[str]:
    """One sentence for each matter that stops work."""
    if health.is_silent:
        yield _silent(health)
    for worker, stuck in health.stuck.items():
        yield (
            f"Slots taken by hung processes on {worker}: {stuck}. They are killed within a minute."
        )
    for queue in health.unattended:
        yield f"Runs are waiting in the queue {queue}, but no worker consumes it."
    for paused in health.paused_long:
        by = f" by {paused.paused_by}" if paused.paused_by else ""
        why = f" (“{paused.paused_reason}”)" if paused.paused_reason else ""
        yield f"The queue {paused.name} has been paused{by}{why} for more than an hour."
    if abs(health.skew) > SKEW_ALLOWED:
        apart = duration(abs(health.skew).total_seconds())
        yield f"The clocks of this web server and the database differ by {apart}."


def _silent(health: SiteHealth) -> str:
    remedy = "Start one: celery -A scheduler_site beat"
    if health.leader is None or health.silence == NEVER:
        return f"No scheduler has ever run here, so nothing is planned or sent. {remedy}"
    return (
        f"No scheduler has been active since {stamp(health.leader.expires_at)}, so nothing "
        f"is planned or sent. {remedy}"
    )


def _up_to(usual: timedelta, value: timedelta) -> str:
    """``< 5 s`` for what is usual: a figure that changed all the time would tell nobody
    anything.
    """
    return (
        duration(value.total_seconds()) if value > usual else f"< {duration(usual.total_seconds())}"
    )
