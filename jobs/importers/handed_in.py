"""Files handed in at the console: kept while somebody looks at what they would do, applied as they
were seen.

The text stays in the database, so that it can neither be changed between the two nor asks the
browser to carry it, and any web process finds it. It is bounded: the last few of each person, for a
day.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.importers.apply import ChangedMeanwhile, apply
from jobs.importers.contents.base import Hints
from jobs.importers.files.document import MOST_BYTES, Document
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.planning.choosing import ChosenJobs, fingerprint
from jobs.importers.planning.plan import Change, Plan
from jobs.importers.report import summary
from jobs.importers.service import import_documents
from jobs.models import ScheduleImport

logger = logging.getLogger(__name__)

WAITING_MOST = 3
WAITING = timedelta(days=1)
APPLIED = timedelta(days=90)
NAMES_MOST = 100


class PlanChanged(DomainError):
    """What the import would do is no longer what was seen; ``plan`` is what it would do now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            "jobs were saved since this was shown: nothing was imported, look at it again"
        )
        self.plan = plan


def hand_in(name: str, text: str, told: Hints, *, actor: Actor, now: datetime) -> ScheduleImport:
    """Keep a file, once it can be read at all; raises UnreadableFile."""
    raw = text.encode()
    if len(raw) > MOST_BYTES:
        raise UnreadableFile(
            f"is larger than {MOST_BYTES // 1024 // 1024} MB", hint="split it into several files"
        )
    Document(name, text, told=told)
    _make_room(actor, now)
    return ScheduleImport.objects.create(
        name=name, content=zlib.compress(raw), digest=hashlib.sha256(raw).hexdigest(),
        zone=told.zone,
        user_column=told.user_column, created_by=actor.name, created_at=now,
    )  # fmt: skip


def find_handed_in(pk: uuid.UUID, *, actor: Actor) -> ScheduleImport | None:
    """A file that this person handed in."""
    return ScheduleImport.objects.filter(pk=pk, created_by=actor.name).first()


def look_at_handed_in(handed_in: ScheduleImport, *, actor: Actor, now: datetime) -> Plan:
    """What applying it would do, with what it no longer has; changes nothing. Raises Forbidden."""
    return import_documents([_document(handed_in)], actor=actor, now=now, dry_run=True, prune=True)


def carry_out(
    handed_in: ScheduleImport, *, seen: str, choice: ChosenJobs, actor: Actor, now: datetime
) -> ScheduleImport:
    """Apply the chosen part of the plan whose fingerprint was ``seen``; once, however often it is
    asked for.

    Jobs that are wrong are left out. Raises PlanChanged when the plan is another by now, and
    Forbidden for a job that is beyond the actor.
    """
    if handed_in.applied_at:
        return handed_in
    plan = look_at_handed_in(handed_in, actor=actor, now=now)
    if fingerprint(plan) != seen:
        raise PlanChanged(plan)
    chosen = choice.of(plan)
    try:
        _apply(handed_in, chosen, actor, now)
    except ChangedMeanwhile:
        raise PlanChanged(look_at_handed_in(handed_in, actor=actor, now=now)) from None
    extra = {**chosen.counts(), "actor": actor.name, "file": handed_in.name}
    logger.info("schedule file imported at the console: %s", summary(chosen.counts()), extra=extra)
    return handed_in


def _apply(handed_in: ScheduleImport, plan: Plan, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        waiting = ScheduleImport.objects.filter(pk=handed_in.pk, applied_at=None)
        if waiting.update(applied_at=now, content=b"", outcome=_outcome(plan)):
            apply(plan, actor=actor, now=now)
    handed_in.refresh_from_db()


def _outcome(plan: Plan) -> dict[str, object]:
    parts = {"new": plan.new, "changed": plan.changed, "paused": plan.gone}
    return {
        "counts": plan.counts(),
        "jobs": {kind: _jobs(changes) for kind, changes in parts.items()},
    }


def _jobs(changes: Sequence[Change]) -> list[tuple[str, str]]:
    return [(str(change.job.pk), change.job.name) for change in changes[:NAMES_MOST]]


def _document(handed_in: ScheduleImport) -> Document:
    return Document(
        handed_in.name, handed_in.text, told=Hints(handed_in.zone, handed_in.user_column)
    )


def _make_room(actor: Actor, now: datetime) -> None:
    """Forget what nobody will come back to."""
    imports = ScheduleImport.objects.order_by("-created_at")
    imports.filter(applied_at=None, created_at__lt=now - WAITING).delete()
    imports.filter(applied_at__lt=now - APPLIED).delete()
    kept = imports.filter(applied_at=None, created_by=actor.name).values_list("pk", flat=True)[
        : WAITING_MOST - 1
    ]
    imports.filter(applied_at=None, created_by=actor.name).exclude(pk__in=list(kept)).delete()
