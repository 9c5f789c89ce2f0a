"""Backfills as people see them: what was ordered, and how far it is."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from jobs.access.actor import Actor
from jobs.access.visible import visible_backfills
from jobs.errors import NotFound
from jobs.models import Backfill, Job, Run, RunState
from jobs.queries.fields import json_fields


class BackfillNotFound(NotFound):
    """No backfill has this id."""


@dataclass(frozen=True)
class BackfillProgress:
    """A backfill, and how many of its runs are in which state; pruned runs count no more."""

    backfill: Backfill
    runs: dict[str, int]

    @property
    def ended(self) -> int:
        return sum(count for state, count in self.runs.items() if RunState(state).is_final)


def find_backfill(backfill_id: str, *, actor: Actor) -> Backfill:
    """The backfill of this id, with its job; raises BackfillNotFound."""
    try:
        found = (
            visible_backfills(actor).select_related("job").filter(pk=uuid.UUID(backfill_id)).first()
        )
    except ValueError:
        found = None
    if found is None:
        raise BackfillNotFound(f"there is no backfill {backfill_id!r}", field="backfill")
    return found


def backfills_of(job: Job, *, limit: int = 20) -> list[BackfillProgress]:
    """Two queries: the job's newest backfills, newest first."""
    return with_progress(
        list(Backfill.objects.filter(job=job).select_related("job").order_by("-pk")[:limit])
    )


def newest_backfills(job: Job, *, limit: int = 5) -> list[Backfill]:
    """One query: the job's newest backfills, newest first, whatever became of their runs."""
    return list(Backfill.objects.filter(job=job).order_by("-pk")[:limit])


def with_progress(backfills: Sequence[Backfill]) -> list[BackfillProgress]:
    """One query: how far these backfills are."""
    ids = [backfill.pk for backfill in backfills]
    rows = (
        Run.objects.filter(backfill__in=ids)
        .values_list("backfill_id", "state")
        .annotate(n=Count("pk"))
    )
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for backfill_id, state, count in rows.order_by():
        if backfill_id is not None:
            counts[backfill_id][state] = count
    return [BackfillProgress(backfill, counts[backfill.pk]) for backfill in backfills]


def backfill_fields(progress: BackfillProgress) -> dict[str, Any]:
    """Every field of the backfill, its job's name, how many of its runs ended, and the runs by
    state.
    """
    backfill = progress.backfill
    row = {
        field.name: field.value_from_object(backfill) for field in backfill._meta.concrete_fields
    }
    return json_fields(row) | {
        "job_name": backfill.job.name,
        "ended": progress.ended,
        "runs": progress.runs,
    }
