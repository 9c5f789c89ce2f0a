"""When the database's clock jumped, and where it went back: attempts recorded later that seem to
have begun earlier.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Max, RowRange, Window
from django_celery_results.models import TaskResult

from jobs.history.rows import Stretch
from jobs.history.stored.scope import Scope
from jobs.models import Alert, AlertKind

STEP = timedelta(seconds=5)
MOST_STEPS = 1_000


def lived_twice(scope: Scope) -> list[Stretch]:
    """The stretches that the clock went back over, as far as attempts show it, ascending."""
    results = TaskResult.objects.all()
    if scope.since:
        results = results.filter(date_created__gte=scope.since)
    seen = results.annotate(began=_so_far("date_created"), over=_so_far("date_done"))
    stepped = seen.filter(began__gt=F("date_created") + STEP).order_by("date_created")
    stretches: list[Stretch] = []
    for since, over, began in stepped.values_list("date_created", "over", "began").iterator():
        # What began while it was ahead may have ended after that.
        found = Stretch(since, max(over or began, began))
        last = stretches.pop() if stretches and found.since <= stretches[-1].until else found
        stretches.append(Stretch(last.since, max(last.until, found.until)))
    return stretches


def clock_jumps(scope: Scope) -> list[datetime]:
    """When a scheduler saw it jump, as far as the alerts tell, by the clock of before."""
    jumps = Alert.objects.filter(kind=AlertKind.CLOCK, subject="").order_by("opened_at")
    if scope.since:
        jumps = jumps.filter(opened_at__gte=scope.since)
    return list(jumps.values_list("opened_at", flat=True)[:MOST_STEPS])


def _so_far(column: str) -> Window:
    """The latest of this column among the rows that were recorded before."""
    return Window(Max(column), order_by=F("id").asc(), frame=RowRange(end=-1))
