"""Which of a job's due moments run and which are skipped: the misfire policy, as a pure
function.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs import conf
from jobs.models import Job, MisfirePolicy


@dataclass(frozen=True)
class Skip:
    """``count`` moments from ``first`` to ``last`` that do not run, and why."""

    first: datetime
    last: datetime
    count: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What becomes of the due moments; together ``run`` and ``skips`` account for each of them."""

    run: Sequence[datetime]
    skips: Sequence[Skip] = field(default=())


@dataclass(frozen=True)
class Misfire:
    """A job's policy: moments older than ``on_time`` are missed; ``all`` runs ``limit`` of those in
    ``window``.
    """

    policy: str
    on_time: timedelta
    window: timedelta
    limit: int

    def judge(self, moments: Sequence[datetime], *, now: datetime) -> Verdict:
        """Decide over ascending, non-empty ``moments``, all of them due."""
        split = bisect_right(moments, now - self.on_time)
        missed, on_time = moments[:split], moments[split:]
        keep = self._kept(missed, bool(on_time), now)
        return Verdict(
            [*missed[len(missed) - keep :], *on_time], self._skips(missed[: len(missed) - keep])
        )

    def _kept(self, missed: Sequence[datetime], has_on_time: bool, now: datetime) -> int:
        if not missed or self.policy == MisfirePolicy.SKIP:
            return 0
        recent = len(missed) - bisect_right(missed, now - self.window)
        if self.policy == MisfirePolicy.LATEST:
            return 0 if has_on_time else min(1, recent)
        return min(recent, self.limit)

    def _skips(self, missed: Sequence[datetime]) -> Sequence[Skip]:
        if not missed:
            return ()
        reason = (
            f"missed: no scheduler planned it within {self.on_time.total_seconds():g} s; "
            f"misfire {self.policy}"
        )
        return (Skip(missed[0], missed[-1], len(missed), reason),)


def misfire_of(job: Job) -> Misfire:
    """The job's own policy, with this installation's bounds."""
    return Misfire(
        policy=job.misfire_policy,
        on_time=timedelta(seconds=conf.get().on_time_seconds),
        window=timedelta(seconds=job.misfire_window_seconds),
        limit=conf.get().catch_up_limit,
    )
