"""Jobs as django-celery-beat's own rows: the way back to stock ``celery beat``.

In go the jobs; out come disabled PeriodicTask rows, one per job that can be expressed, and the
names of the others with the reason. A row that somebody enabled or made by hand is never touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import models, transaction
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
)

from jobs.actions.adoption import ADOPTED, EXPORTED
from jobs.dispatch.brokers.broker import Broker
from jobs.errors import DomainError
from jobs.importers.export.beat_rows import BeatRow, row_of
from jobs.models import Job

SCHEDULES: dict[str, type[models.Model]] = {
    "crontab": CrontabSchedule,
    "interval": IntervalSchedule,
    "clocked": ClockedSchedule,
}
WRITTEN = [
    "name", "task", "crontab", "interval", "clocked", "kwargs", "queue", "priority", "headers",
    "description",
    "expires", "expire_seconds", "one_off", "start_time", "enabled", "last_run_at", "date_changed",
]  # fmt: skip
BATCH = 500


@dataclass(slots=True)
class ExportOutcome:
    """``refused`` and ``notes`` are (job name, sentence) pairs; ``removed`` counts rows whose job
    has none any more.
    """

    written: int = 0
    removed: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def remarks(self) -> Iterator[str]:
        """A line for each job that was refused, and for each that needs a word."""
        yield from (f"not exported: {name!r}: {reason}" for name, reason in self.refused)
        yield from (f"note: {name!r}: {note}" for name, note in self.notes)

    def summary(self) -> str:
        """What was written, in one line."""
        return (
            f"{self.written} periodic tasks written, all disabled; "
            f"{self.removed} outdated ones removed, {len(self.refused)} jobs not exported"
        )


def export_celery_beat(*, now: datetime) -> ExportOutcome:
    """Write every unarchived job as a disabled PeriodicTask, in one transaction."""
    with transaction.atomic():
        export = _Export(now)
        for job in (
            Job.objects.filter(archived_at=None)
            .select_related("state")
            .order_by("name")
            .iterator(1000)
        ):
            export.add(job)
        return export.write()


class _Export:
    def __init__(self, now: datetime) -> None:
        self._now = now
        self._broker = Broker(current_app)
        self._rows = {row.name: row for row in PeriodicTask.objects.all()}
        self._schedules: dict[str, models.Model] = {}
        self._kept: dict[str, PeriodicTask] = {}
        self.outcome = ExportOutcome()

    def add(self, job: Job) -> None:
        row = self._rows.get(job.name)
        try:
            _refuse_foreign(row, job)
            beat_row = row_of(
                job,
                job.state.plan(job),
                priority=self._broker.priority(job.priority),
                now=self._now,
            )
        except DomainError as error:
            self.outcome.refused.append((job.name, str(error)))
            return
        self.outcome.notes += [(job.name, note) for note in beat_row.notes]
        self._kept[job.name] = self._filled(row or PeriodicTask(), beat_row)

    def write(self) -> ExportOutcome:
        new = [row for row in self._kept.values() if row.pk is None]
        known = [row for row in self._kept.values() if row.pk is not None]
        stale = [
            row.pk
            for row in self._rows.values()
            if _is_ours(row) and not row.enabled and row.name not in self._kept
        ]
        PeriodicTask.objects.filter(pk__in=stale).delete()
        PeriodicTask.objects.bulk_create(new, batch_size=BATCH)
        PeriodicTask.objects.bulk_update(known, WRITTEN, batch_size=BATCH)
        PeriodicTasks.update_changed()
        self.outcome.written, self.outcome.removed = len(self._kept), len(stale)
        return self.outcome

    def _filled(self, row: PeriodicTask, beat_row: BeatRow) -> PeriodicTask:
        values: dict[str, Any] = dict.fromkeys(SCHEDULES)
        values[beat_row.schedule] = self._schedule(beat_row)
        values |= beat_row.fields | {
            "enabled": False,
            "last_run_at": None,
            "date_changed": self._now,
        }
        if ADOPTED in _headers(row):
            values["headers"] = json.dumps(
                json.loads(values["headers"]) | {ADOPTED: _headers(row)[ADOPTED]}
            )
        for column, value in values.items():
            setattr(row, column, value)
        return row

    def _schedule(self, beat_row: BeatRow) -> models.Model:
        """The schedule row, shared by all jobs that have the same."""
        key = f"{beat_row.schedule} {beat_row.spec}"
        if key not in self._schedules:
            model = SCHEDULES[beat_row.schedule]
            found = model._default_manager.filter(**beat_row.spec).first()
            self._schedules[key] = found or model._default_manager.create(**beat_row.spec)
        return self._schedules[key]


def _is_ours(row: PeriodicTask) -> bool:
    """Made by an export: a row that was there before, and adopted, stays whatever becomes of its
    job.
    """
    headers = _headers(row)
    return EXPORTED in headers and ADOPTED not in headers


def _headers(row: PeriodicTask) -> dict[str, Any]:
    try:
        headers = json.loads(row.headers or "{}")
    except ValueError:
        return {}
    return headers if isinstance(headers, dict) else {}


def _refuse_foreign(row: PeriodicTask | None, job: Job) -> None:
    if row is None:
        return
    if str(job.pk) not in (_headers(row).get(ADOPTED), _headers(row).get(EXPORTED)):
        raise DomainError("another periodic task has this name")
    if row.enabled:
        raise DomainError("its periodic task is enabled: disable it before you export it again")
