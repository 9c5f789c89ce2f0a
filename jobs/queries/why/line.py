"""Why a due run has not been sent: what its pool lacks, and how many runs are ahead of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from jobs.dispatch.pools import Shortage, shortage, usage, waiting_in
from jobs.models import Pool, Run
from jobs.queries.paging import CAP, capped_count, is_capped
from jobs.queries.why.answer import Reason


def in_line(run: Run, now: datetime, *, is_held: bool) -> Iterator[Reason]:
    """At least one reason; one query, three where the run draws on a pool.

    A pool that is gone limits nothing.

    ``is_held``: something else keeps the whole line where it is, so that nobody is sent soon.
    """
    pool = Pool.objects.filter(pk=run.pool).first() if run.pool else None
    if pool is None:
        line = Run.objects.ready(now).filter(queue=run.queue, pool=run.pool)
        yield _behind(run, line, f"the queue {run.queue}") or _next(
            run, f"the queue {run.queue}", is_held=is_held
        )
        return
    lacking = shortage(pool, usage([pool.name])[pool.name], run)
    if lacking:
        yield _lacking(run, lacking)
        if lacking.is_lasting:
            return
    if behind := _behind(run, waiting_in(pool.name, now), f"the pool {pool.name}"):
        yield behind
    elif not lacking:
        yield _next(run, f"the pool {pool.name}", is_held=is_held)


def _lacking(run: Run, lacking: Shortage) -> Reason:
    facts = {
        "pool": run.pool,
        "lacks": lacking.what,
        "needed": lacking.needed,
        "limit": lacking.limit,
    }
    slots = lacking.what == "slots"
    what = "a slot" if slots else f"{lacking.needed:,} {lacking.what}"
    if lacking.is_lasting:
        sentence = (
            f"It needs {what}, but the pool {run.pool} has {lacking.limit:,}, so it can never run."
        )
        return Reason("pool_too_small", sentence, since=_since(run), facts=facts)
    number, state = (lacking.used, "taken") if slots else (lacking.free, "free")
    told = f"{number:,} of {lacking.limit:,} {'is' if number == 1 else 'are'} {state}"
    facts |= {"used": lacking.used, "free": lacking.free}
    return Reason(
        "pool_full",
        f"It is waiting for {what} in the pool {run.pool}: {told}.",
        since=_since(run),
        facts=facts,
    )


def _behind(run: Run, line: QuerySet[Run], place: str) -> Reason | None:
    before = Q(rank_at__lt=run.rank_at) | Q(rank_at=run.rank_at, id__lt=run.id)
    ahead = capped_count(line.filter(before, rank_at__lte=run.rank_at))
    if not ahead:
        return None
    number = (
        f"More than {CAP:,} runs are"
        if is_capped(ahead)
        else f"{ahead:,} run{'s are' if ahead > 1 else ' is'}"
    )
    facts = {"ahead": min(ahead, CAP), "more": is_capped(ahead)}
    return Reason("behind", f"{number} ahead of it in {place}.", since=_since(run), facts=facts)


def _next(run: Run, place: str, *, is_held: bool) -> Reason:
    when = "once nothing blocks it" if is_held else "within a second"
    return Reason("ready", f"It is next in {place} and will be sent {when}.", since=_since(run))


def _since(run: Run) -> datetime:
    return max(run.available_at, run.created_at)
