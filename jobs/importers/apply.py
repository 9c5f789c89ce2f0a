"""From a plan to the database, in one transaction.

No run is made: what changed is planned from now on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from jobs.access.actor import Actor
from jobs.actions.runs.skipped import drop_for_change
from jobs.errors import DomainError
from jobs.importers.noting import before_of, note_changes, note_import, require_changes
from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.planning.plan import Change, Plan
from jobs.importers.planning.stored import chunks
from jobs.models import Job, JobState

BATCH = 500


class ChangedMeanwhile(DomainError):
    """A job was saved by somebody else after the plan was made."""


def apply(plan: Plan, *, actor: Actor, now: datetime) -> None:
    """Save every change of the plan, or none; raises ChangedMeanwhile, and Forbidden for a job
    beyond the actor.
    """
    if not plan.changes:
        return
    require_changes(actor, plan.changes)
    passing = going_on(now)
    try:
        with transaction.atomic():
            _create(plan.new, now)
            # One order for all who lock several states, so that nobody waits in a circle.
            _update(
                sorted([*plan.changed, *plan.gone], key=lambda change: change.job.pk),
                actor,
                passing,
            )
            note_import(plan, actor=actor, now=now)
    except IntegrityError as error:
        raise ChangedMeanwhile(
            "a job with the same name was created in the meantime", field="name"
        ) from error


def going_on(now: datetime) -> Callable[[], datetime]:
    """The time as it goes on from ``now``."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _create(new: Sequence[Change], now: datetime) -> None:
    jobs = Job.objects.bulk_create([change.job for change in new], batch_size=BATCH)
    JobState.objects.follow(((job, None) for job in jobs), now=now)


def _update(changes: Sequence[Change], actor: Actor, passing: Callable[[], datetime]) -> None:
    """Each is changed at the moment from which its state is locked: until then it was planned by
    its rule of before.
    """
    for chunk in chunks(changes):
        states = _lock(chunk)
        now = passing()
        _refuse_stale(chunk)
        note_changes(chunk, actor=actor, now=now)
        fields = {field for change in chunk for field in change.fields} | {
            "version",
            "updated_at",
            "paused_at",
        }
        for change in chunk:
            _account(change, states.get(change.job.pk), now)
            change.job.version += 1
            change.job.updated_at = now
        Job.objects.bulk_update([change.job for change in chunk], sorted(fields), batch_size=BATCH)
        JobState.objects.follow(
            ((change.job, states.get(change.job.pk)) for change in chunk), now=now
        )


def _account(change: Change, state: JobState | None, now: datetime) -> None:
    """Count what the change takes away, and since when a job is paused, as when a person does
    it.
    """
    if state:
        drop_for_change(before_of(change), state, change.fields, actor=IMPORTER, now=now)
    if "enabled" in change.fields:
        change.job.paused_at = None if change.job.enabled else now


def _lock(chunk: Sequence[Change]) -> dict[object, JobState]:
    ids = [change.job.pk for change in chunk]
    locked = (
        JobState.objects.select_for_update(no_key=True).filter(job_id__in=ids).order_by("job_id")
    )
    return {state.job_id: state for state in locked}


def _refuse_stale(chunk: Sequence[Change]) -> None:
    ids = [change.job.pk for change in chunk]
    saved_at = dict(
        Job.objects.filter(pk__in=ids, archived_at=None).values_list("pk", "updated_at")
    )
    for change in chunk:
        if saved_at.get(change.job.pk) != change.seen_at:
            raise ChangedMeanwhile(
                f"the job {change.job.name!r} was saved by someone else in the meantime"
            )
