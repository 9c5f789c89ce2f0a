"""Pools as people see them: what each has, what of it is in use, what waits for it, and how many
jobs name it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.dispatch.pools import Used, usage, waiting_in
from jobs.errors import PoolNotFound
from jobs.models import Pool
from jobs.models.fleet.pool import RESOURCES
from jobs.queries.fields import json_fields
from jobs.queries.paging import capped_count

MOST = 200


@dataclass(frozen=True)
class PoolLoad:
    """``used``: of slots and each resource, what its published and running runs take.

    ``waiting``: its runs that are due and have no message, up to 1,001. ``jobs``: the unarchived
    jobs that name it, of those one may see.
    """

    pool: Pool
    used: dict[str, int]
    waiting: int
    jobs: int

    def fields(self) -> dict[str, Any]:
        """As plain JSON values, under the names every surface uses."""
        stored = {
            field.name: field.value_from_object(self.pool) for field in Pool._meta.concrete_fields
        }
        return json_fields(stored) | {"used": self.used, "waiting": self.waiting, "jobs": self.jobs}


def pool_loads(*, actor: Actor, now: datetime) -> list[PoolLoad]:
    """Every pool by name: three queries, and a bounded one for each pool."""
    return _loads(list(Pool.objects.order_by("name")[:MOST]), actor, now)


def pool_load(name: str, *, actor: Actor, now: datetime) -> PoolLoad:
    """One pool; raises PoolNotFound."""
    pool = find_pool(name)
    if pool is None:
        raise PoolNotFound(f"there is no pool {name[:100]!r}", field="pool")
    return _loads([pool], actor, now)[0]


def find_pool(name: str) -> Pool | None:
    """One query: the pool of this name, if there is one."""
    return Pool.objects.filter(name=name).first() if "\0" not in name else None


def pool_names() -> list[str]:
    """One query: the pools there are, by name."""
    return list(Pool.objects.order_by("name").values_list("name", flat=True)[:MOST])


def _loads(pools: list[Pool], actor: Actor, now: datetime) -> list[PoolLoad]:
    names = [pool.name for pool in pools]
    if not names:
        return []
    used, jobs = usage(names), _jobs_of(names, actor)
    behind = {name: capped_count(waiting_in(name, now)) for name in names}
    return [
        PoolLoad(pool, _taken(used[pool.name]), behind[pool.name], jobs.get(pool.name, 0))
        for pool in pools
    ]


def _taken(used: Used) -> dict[str, int]:
    return {"slots": used.runs} | {kind: getattr(used, kind) for kind in RESOURCES}


def _jobs_of(names: list[str], actor: Actor) -> dict[str, int]:
    """One query over the jobs, which are never as many as the runs."""
    jobs = visible_jobs(actor).filter(pool__in=names, archived_at=None).order_by()
    return dict(jobs.values_list("pool").annotate(Count("pk")))
