"""What a run belongs to: the run it repeats, its own reruns, its backfill, and others with the same
error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from jobs.admin.look.badges import Badge, run_badge
from jobs.admin.look.times import Moment, moment
from jobs.models import Run, RunState
from jobs.queries.paging import capped


@dataclass(frozen=True)
class Relation:
    """``kind`` is a word such as "rerun of"; a backfill has no badge."""

    kind: str
    text: str
    url: str
    badge: Badge | None = None
    when: Moment | None = None


@dataclass(frozen=True)
class SameError:
    text: str
    url: str


def relations(run: Run, family: Sequence[Run], now: datetime) -> list[Relation]:
    found = [_relation(run, other, now) for other in family]
    if run.backfill is not None:
        job_url = reverse("beatwright:beatwright_job_detail", args=[run.job_id])
        found.append(
            Relation(
                "part of", f"a backfill by {run.backfill.created_by or 'an unknown user'}", job_url
            )
        )
    return found


def _relation(run: Run, other: Run, now: datetime) -> Relation:
    return Relation(
        kind=_kind(run, other),
        text=str(other.pk)[-8:],
        url=reverse("beatwright:beatwright_run_change", args=[other.pk]),
        badge=run_badge(other),
        when=moment(other.created_at, now, run.job.timezone),
    )


def _kind(run: Run, other: Run) -> str:
    if other.pk == run.parent_id:
        return "rerun of"
    if other.parent_id == run.pk:
        return "rerun as"
    return {RunState.SKIPPED: "skipped for", RunState.BLOCKED: "waits for"}.get(
        RunState(run.state), "replaced by"
    )


def other_run_link(run: Run, family: Sequence[Run]) -> str:
    """To the run that the reason is about; empty where there is none, or retention has taken it."""
    is_there = any(other.pk == run.other_run for other in family)
    return reverse("beatwright:beatwright_run_change", args=[run.other_run]) if is_there else ""


def same_error_link(run: Run, count: int) -> SameError | None:
    """To the dead letters with this error; None where this run is the only one."""
    if count < 2:
        return None
    return SameError(
        f"{capped(count)} runs", reverse("beatwright:dead_group", args=[run.fingerprint])
    )
