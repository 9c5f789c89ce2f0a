"""Adding runs to the stored buckets, days and totals.

The caller holds the turn: nobody else writes between the read and the write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet

from jobs import conf
from jobs.maintenance.rollups.ended import EndedRun
from jobs.models import HourStat, JobDay, JobTotal, MinuteStat, Tally, TaskDay, Total

MINUTES_KEPT = timedelta(hours=48)
Row = TypeVar("Row", bound=Tally)
Key = Mapping[str, Any]


def add_to_tallies(runs: Sequence[EndedRun], *, now: datetime) -> None:
    """Count these runs everywhere; minutes that retention would take at once are left out."""
    recent = [run for run in runs if run.finished_at >= now - MINUTES_KEPT]
    _add(
        MinuteStat,
        recent,
        lambda run: [{"queue": queue, "bucket": _minute(run)} for queue in (run.queue, "")],
    )
    _add(
        HourStat,
        runs,
        lambda run: [{"queue": queue, "bucket": _hour(run)} for queue in (run.queue, "")],
    )
    _add(
        JobDay,
        runs,
        lambda run: [{"job_id": run.job_id, "day": run.finished_at.astimezone(UTC).date()}],
    )
    _add(
        TaskDay,
        runs,
        lambda run: [{"task": run.task, "day": run.finished_at.astimezone(UTC).date()}],
    )
    _add(JobTotal, runs, lambda run: [{"job_id": run.job_id}])
    _add(Total, runs, lambda run: [{"task": run.task}])


def _minute(run: EndedRun) -> datetime:
    return run.finished_at.astimezone(UTC).replace(second=0, microsecond=0)


def _hour(run: EndedRun) -> datetime:
    return _minute(run).replace(minute=0)


def _add(
    model: type[Row], runs: Iterable[EndedRun], keys_of: Callable[[EndedRun], Sequence[Key]]
) -> None:
    """Count each run in the rows of its keys, and write these with what was stored of them."""
    rows: dict[tuple[Any, ...], Row] = {}
    values: dict[str, set[Any]] = defaultdict(set)
    for run in runs:
        for key in keys_of(run):
            found = tuple(key.values())
            if found not in rows:
                rows[found] = model(**key)
            _count(rows[found], run)
            for name, value in key.items():
                values[name].add(value)
    if rows:
        stored = model._default_manager.filter(
            **{f"{name}__in": some for name, some in values.items()}
        )
        _merge_stored(stored, values, rows)
        # In the order of their keys: inserting a day locks its job, as those do who save several
        # jobs, in this order.
        _store(model, values, [rows[key] for key in sorted(rows)])


def _count(row: Tally, run: EndedRun) -> None:
    row.count(run.state, attempts=run.attempt)
    if isinstance(row, Total) and run.skip_reason:
        row.skip(run.skip_reason)
    if run.wait_ms is not None and run.duration_ms is not None:
        is_late = run.wait_ms > conf.get().late_seconds * 1000
        row.time(wait_ms=run.wait_ms, duration_ms=run.duration_ms, is_late=is_late)


def _merge_stored(
    stored: QuerySet[Row], names: Iterable[str], rows: Mapping[tuple[Any, ...], Row]
) -> None:
    """What is stored under the same keys; the query may find others too, which are nobody's
    here.
    """
    for row in stored:
        if fresh := rows.get(tuple(getattr(row, name) for name in names)):
            fresh.merge(row)


def _store(model: type[Row], names: Iterable[str], rows: Iterable[Row]) -> None:
    keys = [name.removesuffix("_id") for name in names]
    written = [
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in keys
    ]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=keys, update_fields=written, batch_size=500
    )
