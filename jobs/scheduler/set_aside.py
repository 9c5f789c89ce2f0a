"""Jobs that cannot be planned because somebody keeps their row, or a run of theirs, locked: the
others go on.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from django.db import OperationalError
from django.db.models import QuerySet

from jobs import conf
from jobs.database.locks import is_lock_timeout, with_lock_holders
from jobs.models import JobState
from jobs.outages import Outage

AGAIN_SECONDS = 10.0
BUDGET_SECONDS = 3.0

Due = QuerySet[JobState]


class SetAside:
    """A batch that waited for a lock in vain is planned job by job; those that waited are tried
    again later, alone.
    """

    def __init__(self) -> None:
        self._again_at: dict[uuid.UUID, float] = {}
        self._outage = Outage(
            __name__,
            "scheduler: jobs wait for a lock",
            "scheduler: no job waits for a lock any more",
        )

    def plan(self, due: Due, plan: Callable[[Due], int]) -> int:
        """Call ``plan`` for what is due of those not set aside, and for those whose time has come;
        returns the sum.
        """
        now = time.monotonic()
        total = self._each([job for job, at in self._again_at.items() if at <= now], due, plan)
        others = due.exclude(pk__in=list(self._again_at)) if self._again_at else due
        try:
            total += plan(others)
        except OperationalError as error:
            if not is_lock_timeout(error):
                raise
            total += self._each(
                list(others.values_list("pk", flat=True)[: conf.get().plan_batch]), due, plan
            )
        if not self._again_at:
            self._outage.worked()
        return total

    def _each(self, jobs: list[uuid.UUID], due: Due, plan: Callable[[Due], int]) -> int:
        """As many as there is time for: each that waits in vain costs the turn a second."""
        until, total = time.monotonic() + BUDGET_SECONDS, 0
        for job in jobs:
            if time.monotonic() >= until:
                break
            try:
                total += plan(due.filter(pk=job))
            except OperationalError as error:
                if not is_lock_timeout(error):
                    raise
                self._outage.failed(with_lock_holders(error))
                self._again_at[job] = time.monotonic() + AGAIN_SECONDS
            else:
                self._again_at.pop(job, None)
        return total
