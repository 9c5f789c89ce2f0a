"""Admission: which of the runs that wait for a pool may be published now. See docs/adr/0017.

Whoever publishes runs of a pool holds the Pool's row from looking at what is in use until the marks
are committed, so that any number of schedulers and callers admit no more than fits. Lock order:
JobState, Pool, Run, TaskResult.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from datetime import datetime
from operator import attrgetter

from django.db.models import QuerySet

from jobs import conf
from jobs.dispatch.pools import Used, shortage, usage, waiting_in
from jobs.models import Pool, Run
from jobs.models.fleet.pool import RESOURCES


def values_along(runs: QuerySet[Run], column: str) -> Iterator[str]:
    """The values of a column, from one to the next along its index: the cost is their number, not
    the runs'.

    Empty ones are left out. So the first step is a step like the others, for which every database
    takes the index.
    """
    ordered = runs.order_by(column).values_list(column, flat=True)
    value: str | None = ""
    while value := ordered.filter(**{f"{column}__gt": value}).first():
        yield value


def pools_with_room(*, now: datetime) -> list[str]:
    """The pools that due runs wait for, but for those whose slots are all taken: these are not even
    locked.
    """
    names = list(values_along(Run.objects.ready(now).pooled(), "pool"))
    if not names:
        return []
    pools, used = Pool.objects.in_bulk(names), usage(names)
    return [name for name in names if _slots_free(pools.get(name), used[name]) != 0]


def admit(name: str, *, window: int, closed: Collection[str], now: datetime) -> list[uuid.UUID]:
    """The next batch of a pool's runs, by rank, at most ``window`` of them in the broker; none of
    ``closed`` queues.

    The transaction must be the one that marks them: it holds the pool until it ends. None where
    another one holds it: that one admits. A pool that does not exist limits nothing and has nothing
    to hold; the runs' own rows keep two publishers apart then.
    """
    pools = Pool.objects.filter(pk=name)
    pool = pools.select_for_update(no_key=True, skip_locked=True).first()
    if pool is None and pools.exists():
        return []
    used = usage([name])[name]
    room, free = min(window - used.sent, conf.get().publish_batch), _slots_free(pool, used)
    room = room if free is None else min(room, free)
    if room <= 0:
        return []
    waiting = _first_in_line(pool, waiting_in(name, now), room, closed)
    return [run.pk for run in (waiting if pool is None else _that_fit(pool, used, waiting))]


def _slots_free(pool: Pool | None, used: Used) -> int | None:
    """None where slots are not limited."""
    return None if pool is None or pool.slots is None else max(0, pool.slots - used.runs)


def _first_in_line(
    pool: Pool | None, waiting: QuerySet[Run], room: int, closed: Collection[str]
) -> list[Run]:
    """The best ranked over all open queues, without those that would not fit into the empty
    pool.
    """
    limits = {kind: getattr(pool, kind) for kind in RESOURCES if pool}
    possible = waiting.filter(
        **{f"{kind}__lte": limit for kind, limit in limits.items() if limit is not None}
    )
    ranked = possible.order_by("rank_at", "id").only("rank_at", *RESOURCES)
    heads = [
        run
        for queue in values_along(waiting, "queue")
        if queue not in closed
        for run in ranked.filter(queue=queue)[:room]
    ]
    return sorted(heads, key=attrgetter("rank_at", "id"))[:room]


def _that_fit(pool: Pool, used: Used, waiting: list[Run]) -> Iterator[Run]:
    """Up to the first that does not: those behind it wait with it, or it would wait behind them for
    ever.
    """
    for run in waiting:
        if shortage(pool, used, run):
            return
        used = used.with_one_more(run)
        yield run
