"""Whether jobs and pools fit: a job names a pool that there is, and no run needs more than the pool
has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from django.db.models import Q, QuerySet

from jobs.dispatch.pools import needs_of, pool_of
from jobs.errors import DomainError
from jobs.models import Job, Pool
from jobs.models.fleet.pool import DEFAULT_POOL, RESOURCES

POOLED = frozenset({"pool", "resources"})
NAMED = 8

Pools = Mapping[str, Pool]


def known_pools() -> Pools:
    """One query: every pool by its name; there are at most 200."""
    return Pool.objects.in_bulk()


def unfit(job: Job, pools: Callable[[], Pools]) -> Iterator[DomainError]:
    """What is wrong with the job's pool and resources; ``pools`` is asked only for a job that has
    one of the two.
    """
    name = pool_of(job)
    known = pools() if name else {}
    if name in known:
        yield from _beyond(known[name], needs_of(job))
    elif job.pool:
        yield DomainError(
            f"there is no pool {name[:80]!r}", field="pool", hint=_known(sorted(known))
        )


def refuse_too_small(pool: Pool, changed: Collection[str]) -> None:
    """Raise DomainError for a resource, of those changed, of which some job needs more than the
    pool has.
    """
    drawing = Q(pool=pool.name) | Q(pool="") if pool.name == DEFAULT_POOL else Q(pool=pool.name)
    jobs = Job.objects.unarchived().filter(drawing)
    for kind in RESOURCES:
        most = getattr(pool, kind)
        if kind not in changed or most is None:
            continue
        if names := names_of(jobs.filter(**{f"resources__{kind}__gt": most})):
            raise DomainError(f"more than {most:,} is needed by {some(names)}", field=kind)


def names_of(jobs: QuerySet[Job]) -> list[str]:
    """One query: the jobs' names in order."""
    return list(jobs.order_by("name").values_list("name", flat=True))


def some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


def _known(names: list[str]) -> str:
    return f"pools: {some(names)}" if names else "there are no pools yet"


def _beyond(pool: Pool, needs: Mapping[str, int]) -> Iterator[DomainError]:
    for kind, needed in needs.items():
        most = getattr(pool, kind)
        if most is not None and needed > most:
            yield DomainError(
                f"needs {needed:,} {kind}, the pool {pool.name} has {most:,}", field="resources"
            )
