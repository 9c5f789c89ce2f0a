"""A scheduler process's sign of life: when its loop last came round, for whoever asks from
outside.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from jobs import conf
from jobs.models import Scheduler

FORGOTTEN_AFTER = timedelta(days=1)


class Pulse:
    """``last_tick`` is the loop's last good turn on the monotonic clock; the row has it on the
    database's.
    """

    def __init__(self, name: str, host: str, last_tick: Callable[[], float]) -> None:
        self.name, self.host = name, host
        self._last_tick = last_tick

    def age_seconds(self) -> float:
        return time.monotonic() - self._last_tick()

    def is_ticking(self) -> bool:
        return self.age_seconds() < conf.get().leader_lease_seconds

    def beat(self) -> None:
        """Write when the loop last came round; the first time, the row, and no more of those long
        gone.
        """
        ticked_at = _ago(timedelta(seconds=self.age_seconds()))
        if Scheduler.objects.filter(pk=self.name).update(ticked_at=ticked_at):
            return
        Scheduler.objects.filter(ticked_at__lt=_ago(FORGOTTEN_AFTER)).delete()
        row = Scheduler(name=self.name, host=self.host, started_at=Now(), ticked_at=ticked_at)
        Scheduler.objects.bulk_create([row], ignore_conflicts=True)

    def end(self) -> None:
        """Say goodbye: a scheduler that was stopped is not missed."""
        Scheduler.objects.filter(pk=self.name).update(stopped_at=Now())


def _ago(age: timedelta) -> ExpressionWrapper[CombinedExpression]:
    return ExpressionWrapper(Now() - Value(age), output_field=DateTimeField())
