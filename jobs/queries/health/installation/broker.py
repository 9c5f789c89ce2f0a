"""Does the broker take messages now, and does it keep them?"""

from __future__ import annotations

from collections.abc import Iterator

from celery import current_app

from jobs.dispatch.brokers.broker import BROKER_ERRORS, Broker
from jobs.queries.health.finding import HealthFinding

AWAY = "check CELERY_BROKER_URL or REDIS_URL and that the server is up"
REFUSES = (
    "check its memory, its disk, and whether it is a replica; due runs wait in the "
    "database in the meantime"
)
EVICTS = "set maxmemory-policy noeviction: any other drops messages silently when memory is short"


def broker(host: str) -> Iterator[HealthFinding]:
    """Reaches it, writes to it as a publish would, and on Redis reads what it does when its memory
    is full.
    """
    link = Broker(current_app)
    try:
        link.reach()
    except BROKER_ERRORS as error:
        yield HealthFinding("broker", False, "cannot be reached", AWAY, cause=str(error))
        return
    try:
        link.try_write()
        yield HealthFinding("broker", True, "accepts messages")
        yield from _eviction(link)
    except BROKER_ERRORS as error:
        yield HealthFinding(
            "broker", False, "is up but refuses messages", REFUSES, cause=str(error)
        )


def _eviction(link: Broker) -> Iterator[HealthFinding]:
    if not link.is_redis:
        return
    policy = link.eviction_policy()
    if policy:
        yield HealthFinding(
            "redis eviction", policy == "noeviction", f"maxmemory-policy {policy}", EVICTS
        )
    else:
        yield HealthFinding("redis eviction", True, "cannot be read here; it must be noeviction")
