"""Which due moments a job's calendars skip, and in how many rows what does not run is told."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from jobs.scheduler.misfire import Skip, Verdict
from jobs.schedules.closures.closures import Closures

Piece = tuple[Skip, Sequence[datetime]]


def closed_reasons(moments: Sequence[datetime], closures: Closures | None) -> dict[datetime, str]:
    """Of the moments that are closed, why their occurrences do not run."""
    if closures is None:
        return {}
    found = ((moment, closures.at(moment)) for moment in moments)
    return {moment: f"calendar: {closing}" for moment, closing in found if closing}


def skipped_pieces(
    moments: Sequence[datetime],
    still: Sequence[datetime],
    verdict: Verdict,
    closed: Mapping[datetime, str],
) -> Iterator[Piece]:
    """What is to be told as skipped, each with the moments that it counts: all of them in a row,
    for one reason.

    ``still``: the moments that no calendar closes, over which ``verdict`` is.
    """
    missed = [(skip, _within(still, skip)) for skip in verdict.skips]
    if not closed:
        yield from missed
        return
    reasons = dict(closed) | {moment: skip.reason for skip, some in missed for moment in some}
    for reason, group in groupby(moments, reasons.get):
        if reason:
            some = list(group)
            yield Skip(some[0], some[-1], len(some), reason), some


def _within(moments: Sequence[datetime], skip: Skip) -> Sequence[datetime]:
    return moments[bisect_left(moments, skip.first) : bisect_right(moments, skip.last)]
