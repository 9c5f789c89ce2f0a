"""Which limits a pool had at which time: as it is now, and backwards through the audit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from jobs.history.rows import RESOURCES, PoolRow
from jobs.models import AuditEntry, Pool

LIMITS = ("slots", *RESOURCES)
# From the moment that an entry tells until its transaction was committed, runs were admitted as
# before.
COMMITTED_WITHIN = timedelta(seconds=30)
SAME_SAVE = timedelta(seconds=60)


def limits() -> list[PoolRow]:
    """Of every pool that is there or was, for all time; what nobody has recorded limits nothing."""
    entries: dict[str, list[AuditEntry]] = defaultdict(list)
    for entry in AuditEntry.objects.filter(target_kind="pool").order_by("-at", "-id"):
        entries[entry.target_id].append(entry)
    pools = Pool.objects.in_bulk()
    return [
        row
        for name in sorted({*entries, *pools})
        for row in _limits_of(name, pools.get(name), entries[name])
    ]


def _limits_of(name: str, pool: Pool | None, entries: list[AuditEntry]) -> Iterator[PoolRow]:
    values: dict[str, Any] = {what: getattr(pool, what, None) for what in LIMITS}
    until: datetime | None = None
    if pool and not _explained(pool, entries):
        yield PoolRow(name, since=pool.updated_at, **values)
        yield PoolRow(name, until=pool.updated_at + COMMITTED_WITHIN)
        return
    for entry in entries:
        yield PoolRow(name, since=entry.at, until=until, **values)
        values |= {what: entry.changes[what][0] for what in LIMITS if what in entry.changes}
        until = entry.at + COMMITTED_WITHIN
    yield PoolRow(name, until=until, **values)


def _explained(pool: Pool, entries: list[AuditEntry]) -> bool:
    """Whether the audit tells of the last time that somebody saved it."""
    return bool(entries) and pool.updated_at <= entries[0].at + SAME_SAVE
