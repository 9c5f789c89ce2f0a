"""Where the database's clock went back: attempts that were recorded later, and seem to have begun earlier."""

from __future__ import annotations

from datetime import timedelta
from itertools import starmap

from django.db.models import F, Max, RowRange, Window
from django_celery_results.models import TaskResult

from jobs.history.rows import Stretch
from jobs.history.stored.scope import Scope

STEP = timedelta(seconds=5)


def lived_twice(scope: Scope) -> list[Stretch]:
    """The stretches that the clock went back over, as far as attempts show it, ascending."""
    results = TaskResult.objects.all()
    if scope.since:
        results = results.filter(date_created__gte=scope.since)
    seen = results.annotate(began=_so_far("date_created"), over=_so_far("date_done"))
    stepped = seen.filter(began__gt=F("date_created") + STEP).order_by("date_created")
    stretches: list[Stretch] = []
    for found in starmap(Stretch, stepped.values_list("date_created", "over").iterator()):
        last = stretches.pop() if stretches and found.since <= stretches[-1].until else found
        stretches.append(Stretch(last.since, max(last.until, found.until)))
    return stretches


def _so_far(column: str) -> Window:
    """The latest of this column among the rows that were recorded before."""
    return Window(Max(column), order_by=F("id").asc(), frame=RowRange(end=-1))
