"""From columns to rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django_celery_results.models import TaskResult

from jobs.history.rows import AttemptRow, LossRow, RunRow
from jobs.lifecycle.rows import AttemptMeta
from jobs.models import LostAttempt, Run
from jobs.models.run import message_id

IDS_AT_ONCE = 5_000
CUT_SHORT = (
    "counted up to"  # in the reason of a skipped run that stands for more than it has counted
)
COLUMNS = (
    "id", "job_id", "state", "scheduled_for", "created_at", "trigger", "finished_at",
    "lease_expires_at", "attempt",
    "failures", "losses", "child_losses", "worker_losses", "lease_losses", "exclusive", "pool",
    "cpu", "memory",
    "storage", "resolved_at", "skipped_until", "skipped_count", "has_cause", "is_cut_short",
    "publish_count",
    "occurrence_key",
)  # fmt: skip
ATTEMPT_COLUMNS = ("id", "task_id", "meta", "started", "date_created", "date_done")


def run_columns(runs: QuerySet[Run]) -> QuerySet[Run, dict[str, Any]]:
    """These runs with the columns that ``run_row`` takes."""
    told = {
        "has_cause": _whether(Q(error__gt="") | Q(reason__gt="")),
        "is_cut_short": _whether(Q(skipped_count__gt=0, reason__contains=CUT_SHORT)),
    }
    rows: QuerySet[Run, dict[str, Any]] = runs.annotate(**told).values(*COLUMNS)
    return rows


def run_row(row: dict[str, Any]) -> RunRow:
    return RunRow(
        id=str(row["id"]),
        job=str(row["job_id"]),
        state=row["state"],
        scheduled_for=row["scheduled_for"],
        created_at=row["created_at"],
        trigger=row["trigger"],
        finished_at=row["finished_at"],
        lease_expires_at=row["lease_expires_at"],
        attempts=row["attempt"],
        failures=row["failures"],
        losses=row["losses"],
        losses_by_cause=row["child_losses"] + row["worker_losses"] + row["lease_losses"],
        exclusive=row["exclusive"],
        pool=row["pool"],
        cpu=row["cpu"],
        memory=row["memory"],
        storage=row["storage"],
        has_cause=row["has_cause"],
        is_resolved=row["resolved_at"] is not None,
        skipped_until=row["skipped_until"],
        skipped_count=row["skipped_count"],
        is_counted_out=not row["is_cut_short"],
    )


def attempt_columns(results: QuerySet[TaskResult]) -> QuerySet[TaskResult, dict[str, Any]]:
    """These results with the columns that ``attempt_row`` takes."""
    started = Coalesce("date_started", "date_created")
    rows: QuerySet[TaskResult, dict[str, Any]] = results.annotate(started=started).values(
        *ATTEMPT_COLUMNS
    )
    return rows


def attempt_row(row: dict[str, Any]) -> AttemptRow | None:
    """None for the result of a plain Celery task, which belongs to no run."""
    meta = AttemptMeta.read(row["meta"])
    if meta is None:
        return None
    return AttemptRow(
        id=row["task_id"],
        run=str(meta.run),
        number=meta.attempt,
        started=row["started"],
        ended=row["date_done"] if meta.outcome else None,
        outcome=meta.outcome or "",
        is_late=meta.late_finished_at is not None,
    )


def attempts_of(runs: Iterable[dict[str, Any]]) -> Iterator[AttemptRow]:
    """The attempts of these runs (their columns), in no order: one of each message that a run ever
    had.
    """
    ids = chain.from_iterable(
        (message_id(run["id"], n) for n in range(1, run["publish_count"] + 1)) for run in runs
    )
    while some := list(islice(ids, IDS_AT_ONCE)):
        rows = attempt_columns(TaskResult.objects.filter(task_id__in=some).order_by())
        yield from filter(None, map(attempt_row, rows))


def losses_of(run_ids: Sequence[uuid.UUID]) -> Iterator[LossRow]:
    found = LostAttempt.objects.filter(run__in=run_ids).values_list(
        "run_id", "attempt", "cause", "lost_at"
    )
    yield from (
        LossRow(str(run), attempt, cause, lost_at) for run, attempt, cause, lost_at in found
    )


def _whether(condition: Q) -> Case:
    return Case(
        When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
    )
