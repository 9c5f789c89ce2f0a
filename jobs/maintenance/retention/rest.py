"""What is deleted for its age beside runs and jobs: a batch of each kind at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, Model, OuterRef, QuerySet

from jobs import conf
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
    Notice,
    NoticeState,
    Run,
    SecretUse,
    TaskDay,
    Worker,
)

WORKER_KEPT = timedelta(days=1)
KEY_KEPT = timedelta(days=1)
ROLL_UPS_KEPT = timedelta(days=400)


def delete_the_rest(now: datetime) -> Counter[str]:
    """Closed alerts, old workers, keys, roll-ups, bulk operations, backfills without runs; later,
    versions, audit.
    """
    old = now - timedelta(days=conf.get().retention_days)
    long_ago = now - timedelta(days=conf.get().audit_days)
    backfills = Backfill.objects.filter(finished_at__lt=old).exclude(state=BackfillState.RUNNING)
    return Counter(
        alerts=_delete_some(Alert.objects.filter(closed_at__lt=old)),
        notices=_delete_some(
            Notice.objects.filter(created_at__lt=old).exclude(state=NoticeState.WAITING)
        ),
        workers=_delete_some(Worker.objects.filter(heartbeat_at__lt=now - WORKER_KEPT)),
        audit=_delete_some(AuditEntry.objects.filter(at__lt=long_ago)),
        versions=_delete_some(JobVersion.objects.filter(replaced_at__lt=long_ago)),
        keys=_delete_some(IdempotencyKey.objects.filter(created_at__lt=now - KEY_KEPT)),
        bulk=_delete_some(BulkOperation.objects.filter(finished_at__lt=old)),
        backfills=_delete_some(
            backfills.exclude(Exists(Run.objects.filter(backfill=OuterRef("pk"))))
        ),
        rollups=sum(_delete_some(rows) for rows in _old_roll_ups(now)) + _old_days(now),
    )


def _old_roll_ups(now: datetime) -> Iterator[QuerySet[Model]]:
    yield MinuteStat.objects.filter(bucket__lt=now - MINUTES_KEPT)
    yield HourStat.objects.filter(bucket__lt=now - ROLL_UPS_KEPT)


def _old_days(now: datetime) -> int:
    """A run is counted in its task's day and in its job's, and one that had a secret in the use of
    that: where no job's day is old, the others are not looked for.
    """
    day = (now - ROLL_UPS_KEPT).astimezone(UTC).date()
    gone = _delete_some(JobDay.objects.filter(day__lt=day))
    if not gone:
        return 0
    gone += _delete_some(TaskDay.objects.filter(day__lt=day))
    return gone + SecretUse.objects.filter(day__lt=day).delete()[0]


def _delete_some(rows: QuerySet[Model]) -> int:
    found = list(rows.values_list("pk", flat=True)[: conf.get().retention_batch])
    return rows.model._default_manager.filter(pk__in=found).delete()[0] if found else 0
