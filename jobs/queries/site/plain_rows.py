"""What is wrong with the enabled rows of django-celery-beat: those that cannot be sent, and those
sent in vain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django_celery_beat.models import PeriodicTask

from jobs.dispatch.plain_rows import OddRow, enabled_rows, problem_of
from jobs.params import registry
from jobs.queries.workers import Fleet, live_workers


def odd_rows(*, now: datetime) -> list[OddRow]:
    """Every enabled row with a problem: the rows and their schedules in pages of 500, and the
    workers once.
    """
    good, odd = enabled_rows()
    return [*odd, *_in_vain(good, live_workers(now=now) if good else Fleet(()))]


def problems_of(rows: Iterable[PeriodicTask], *, now: datetime) -> dict[int, str]:
    """What is wrong with these rows, by primary key; one query beside their schedules."""
    fleet = live_workers(now=now)
    return {row.pk: problem for row in rows if (problem := problem_of(row) or _vain(row, fleet))}


def _in_vain(rows: Iterable[PeriodicTask], fleet: Fleet) -> Iterator[OddRow]:
    return (OddRow(row.pk, row.name, problem) for row in rows if (problem := _vain(row, fleet)))


def _vain(row: PeriodicTask, fleet: Fleet) -> str:
    """Why nobody would run it; empty where no worker lives, which is another matter."""
    if not fleet.workers:
        return ""
    if not registry.is_registered(row.task) and not any(
        row.task in worker.tasks for worker in fleet.workers
    ):
        return f"no worker has its task {row.task!r}"
    if row.queue and not (row.exchange or row.routing_key) and not fleet.consumers(row.queue):
        return f"no worker consumes its queue {row.queue!r}"
    return ""
