"""Retention: what is old enough goes, in small bites, so that planning and finishing never wait for it.

Every transaction deletes one batch and locks no JobState. ``last_scheduled_for`` stays with the job, so that a pruned
occurrence is not opened again. Results of plain Celery tasks, which belong to no run, are left alone.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from jobs import conf
from jobs.maintenance.job_rounds import JobRounds
from jobs.maintenance.pruning import Budget, ended
from jobs.maintenance.rollups.tallies import MINUTES_KEPT
from jobs.models import (
    Alert,
    AuditEntry,
    Backfill,
    BackfillState,
    BulkOperation,
    HourStat,
    IdempotencyKey,
    JobDay,
    JobVersion,
    MinuteStat,
    Run,
    SecretUse,
    Worker,
)

WORKER_KEPT = timedelta(days=1)
KEY_KEPT = timedelta(days=1)
ROLL_UPS_KEPT = timedelta(days=400)
ROUND = timedelta(days=1)


class Retention:
    """Where it stands is remembered from call to call, and begins again with each leader."""

    def __init__(self) -> None:
        self.by_age = ByAge()
        self.by_job = JobRounds()

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns how many of each kind went. Archived jobs are counted too, when they are archived.

        At most 20 batches of ``retention_batch`` runs, or one second, for each of its two walks.
        """
        counts = self.by_age.run_once(now) + self.by_job.run_once(now) + _odds(now)
        kinds = (
            "runs",
            "attempts",
            "logs",
            "jobs",
            "alerts",
            "workers",
            "backfills",
            "bulk",
            "rollups",
            "audit",
            "versions",
            "keys",
        )
        return {kind: counts[kind] for kind in kinds}


class ByAge:
    """Walks along the index of finished runs, the oldest first, up to the age that holds for all jobs.

    It goes on from where it stopped: what is kept longer is read once a day, not at every call.
    """

    def __init__(self) -> None:
        self.began: datetime | None = None
        self.after: tuple[datetime, uuid.UUID] | None = None

    def run_once(self, now: datetime) -> Counter[str]:
        if self.began is None or now - self.began >= ROUND:
            self.began, self.after = now, None
        budget = Budget()
        while not budget.is_spent and (page := ended(self._next(now))):
            budget.prune(page, now)
            self.after = page[-1].finished_at, page[-1].id
        return budget.counts

    def _next(self, now: datetime) -> QuerySet[Run]:
        runs = Run.objects.filter(finished_at__lt=now - timedelta(days=conf.get().retention_days))
        if self.after:
            moment, run_id = self.after
            beyond = Q(finished_at__gt=moment) | Q(finished_at=moment, id__gt=run_id)
            runs = runs.filter(beyond, finished_at__gte=moment)
        return runs.order_by("finished_at", "id")


def _odds(now: datetime) -> Counter[str]:
    """Closed alerts, old workers, keys, roll-ups, bulk operations, backfills without runs; later, versions, audit."""
    old = now - timedelta(days=conf.get().retention_days)
    long_ago = now - timedelta(days=conf.get().audit_days)
    backfills = Backfill.objects.filter(finished_at__lt=old).exclude(state=BackfillState.RUNNING)
    return Counter(
        alerts=_delete_some(Alert.objects.filter(closed_at__lt=old)),
        workers=_delete_some(Worker.objects.filter(heartbeat_at__lt=now - WORKER_KEPT)),
        audit=_delete_some(AuditEntry.objects.filter(at__lt=long_ago)),
        versions=_delete_some(JobVersion.objects.filter(replaced_at__lt=long_ago)),
        keys=_delete_some(IdempotencyKey.objects.filter(created_at__lt=now - KEY_KEPT)),
        bulk=_delete_some(BulkOperation.objects.filter(finished_at__lt=old)),
        backfills=_delete_some(backfills.exclude(Exists(Run.objects.filter(backfill=OuterRef("pk"))))),
        rollups=sum(_delete_some(rows) for rows in _old_roll_ups(now)) + _old_days(now),
    )


def _old_roll_ups(now: datetime) -> Iterator[QuerySet[Model]]:
    yield MinuteStat.objects.filter(bucket__lt=now - MINUTES_KEPT)
    yield HourStat.objects.filter(bucket__lt=now - ROLL_UPS_KEPT)


def _old_days(now: datetime) -> int:
    """A run that had a secret is counted in its job's day too: where no such day is old, no use of a secret is."""
    day = (now - ROLL_UPS_KEPT).astimezone(UTC).date()
    gone = _delete_some(JobDay.objects.filter(day__lt=day))
    return gone + (SecretUse.objects.filter(day__lt=day).delete()[0] if gone else 0)


def _delete_some(rows: QuerySet[Model]) -> int:
    found = list(rows.values_list("pk", flat=True)[: conf.get().retention_batch])
    return rows.model._default_manager.filter(pk__in=found).delete()[0] if found else 0
