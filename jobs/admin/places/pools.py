"""The pools: what each has, what of it is in use, and what waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.admin.look import live
from jobs.queries.paging import capped
from jobs.queries.pools import PoolLoad, pool_loads


@dataclass(frozen=True)
class Gauge:
    """One limit of a pool, and what of it is in use."""

    used: int
    most: int
    text: str

    @property
    def is_full(self) -> bool:
        return self.used >= self.most


@dataclass(frozen=True)
class PoolRow:
    """``gauges``: of what is limited; ``unlimited`` says how many run where slots are not.

    ``waiting`` as a text.
    """

    name: str
    description: str
    gauges: list[Gauge]
    unlimited: str
    waiting: str
    jobs: int
    jobs_url: str


def pools_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor_of(request).require("beatwright.view_pool")
    context = {
        "title": "Pools",
        "live_url": reverse("beatwright:pools_fragment"),
        **pools_context(request, timezone.now()),
    }
    return TemplateResponse(
        request, "console/places/pools.html", site.each_context(request) | context
    )


def pools_fragment(request: HttpRequest) -> HttpResponse:
    """The table alone, for the page's own refresh."""
    actor_of(request).require("beatwright.view_pool")
    context = pools_context(request, timezone.now())
    return live.answer(
        request,
        repr(context),
        lambda: TemplateResponse(request, "console/places/_pools.html", context),
    )


def pools_context(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Three queries, and a bounded one for each pool."""
    actor = actor_of(request)
    return {
        "rows": [pool_row(load) for load in pool_loads(actor=actor, now=now)],
        "can_manage": may_manage(actor),
    }


def may_manage(actor: Actor) -> bool:
    """Pools are everybody's: whom tags limit changes none."""
    return actor.may("beatwright.manage_pool") and actor.tags is None


def pool_row(load: PoolLoad) -> PoolRow:
    pool = load.pool
    limits = {kind: getattr(pool, kind) for kind in load.used}
    gauges = [
        _gauge(kind, load.used[kind], most) for kind, most in limits.items() if most is not None
    ]
    running = f"{load.used['slots']:,} slots, no limit"
    jobs = reverse("beatwright:beatwright_job_changelist")
    return PoolRow(
        name=pool.name,
        description=pool.description,
        gauges=gauges,
        unlimited=running if limits["slots"] is None else "",
        waiting=capped(load.waiting),
        jobs=load.jobs,
        jobs_url=f"{jobs}?{urlencode({'pool': pool.name})}",
    )


def _gauge(kind: str, used: int, most: int) -> Gauge:
    return Gauge(used, most, f"{used:,} of {most:,} {kind}")
