"""What an import leaves in the audit and in the jobs' versions, and whether its changes are the
actor's to make.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import datetime

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions import versions
from jobs.actions.command_rights import require_command_edit
from jobs.importers.planning.plan import Change, Plan
from jobs.models import AuditEntry, Job

VERBS = {"changed": audit.Verb.UPDATE_JOB, "gone": audit.Verb.PAUSE_JOB}


def require_changes(actor: Actor, changes: Sequence[Change]) -> None:
    """Raise Forbidden for the first job that the actor may not write, as it is stored or as it
    would be.
    """
    if actor.permissions is None and actor.tags is None:
        return
    for change in changes:
        for job in (before_of(change), change.job):
            actor.require("beatwright.import_job", job)
            if change.kind != "gone":
                require_command_edit(actor, job.task)


def before_of(change: Change) -> Job:
    """The job as it is stored; of a new one, as it is to be."""
    before = copy.copy(change.job)
    for field, (old, _) in change.fields.items():
        setattr(before, field, old)
    return before


def note_changes(changes: Sequence[Change], *, actor: Actor, now: datetime) -> None:
    """Keep what these stored jobs said, and write what becomes of each; inside the import's
    transaction.
    """
    versions.keep_versions([before_of(change) for change in changes], actor=actor, now=now)
    AuditEntry.objects.bulk_create(
        [_entry(change, actor, now) for change in changes], batch_size=500
    )


def note_import(plan: Plan, *, actor: Actor, now: datetime) -> None:
    """One entry for the whole; a new job's own is its ``source``, so that a file of 100,000 jobs is
    quickly in.
    """
    sources = sorted({change.job.source for change in plan.changes if change.job.source})
    subject = audit.Subject("file", sources[0] if sources else "", ", ".join(sources))
    counts = {kind: count for kind, count in plan.counts().items() if kind != "problems"}
    audit.record(actor, audit.Verb.IMPORT, subject, now=now, after=counts)


def _entry(change: Change, actor: Actor, now: datetime) -> AuditEntry:
    told = {field: values for field, values in change.fields.items() if field not in audit.UNTOLD}
    before, after = (
        {field: audit.as_json_value(values[side]) for field, values in told.items()}
        for side in (0, 1)
    )
    reason = change.job.paused_reason if change.kind == "gone" else ""
    return audit.audit_entry(
        actor, VERBS[change.kind], change.job, now=now, before=before, after=after, reason=reason
    )
