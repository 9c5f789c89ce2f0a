"""Bulk operations as people see them, and what their filters match."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from jobs.access.actor import Actor
from jobs.access.visible import visible_bulk_operations, visible_jobs, visible_runs
from jobs.errors import NotFound
from jobs.models import BulkOperation, BulkState, BulkVerb, Job, Run, RunState
from jobs.queries.fields import json_fields
from jobs.queries.jobs.filter import JobFilter, matching
from jobs.queries.paging import PAGE, KeysetPage, capped_count, keyset_page
from jobs.queries.runs.filter import filter_kept
from jobs.queries.runs.leads import all_matching
from jobs.redaction.redactor import masked

COUNTED_MOST = 10_000
UNTOLD = ("rights", "cursor", "last_id", "taken_at")


class BulkNotFound(NotFound):
    """No bulk operation has this id."""


def matched_jobs(wanted: Mapping[str, str], actor: Actor) -> QuerySet[Job]:
    """The jobs within the actor's reach that a checked filter matches."""
    return matching(visible_jobs(actor), JobFilter(**wanted))


def matched_dead_letters(wanted: Mapping[str, str], actor: Actor) -> QuerySet[Run]:
    """The dead letters, in the same way."""
    names = {"job": "job_id", "fingerprint": "fingerprint"}
    return (
        visible_runs(actor)
        .dead_letters()
        .filter(**{names[name]: value for name, value in wanted.items()})
    )


def matched_runs(verb: BulkVerb, wanted: Mapping[str, Any], actor: Actor) -> QuerySet[Run]:
    """Runs by their ids or by a checked filter: those that are over, or for ``cancel`` the
    others.
    """
    states = RunState.active() if verb == BulkVerb.CANCEL else RunState.final()
    if "ids" in wanted:
        runs: QuerySet[Run] = visible_runs(actor).filter(pk__in=wanted["ids"])
    else:
        runs = all_matching(filter_kept(wanted), actor)
    return runs.filter(state__in=states)


def matched(
    verb: str, wanted: Mapping[str, Any], actor: Actor, arguments: Mapping[str, Any]
) -> QuerySet[Job] | QuerySet[Run]:
    """What the verb would be done to; where its arguments name jobs, only to these."""
    known = BulkVerb(verb)
    if known.is_for_runs:
        return matched_runs(known, wanted, actor)
    if known.is_for_dead_letters:
        return matched_dead_letters(wanted, actor)
    jobs = matched_jobs(wanted, actor)
    if "changes" in arguments:
        jobs = jobs.filter(pk__in=[change["job"] for change in arguments["changes"]])
    return jobs


def count_matched(rows: QuerySet[Any], most: int = COUNTED_MOST) -> int:
    """One query: how many they are, counted up to one more than ``most``."""
    return capped_count(rows, most)


def count_told(
    verb: str, wanted: Mapping[str, Any], actor: Actor, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """One query: how many the verb would be done to; counted up to 10,000, ``more`` says that there
    are others.
    """
    count = count_matched(matched(verb, wanted, actor, arguments))
    return {"matched": min(count, COUNTED_MOST), "more": count > COUNTED_MOST}


def find_bulk(bulk_id: str, *, actor: Actor) -> BulkOperation:
    """The operation of this id, if the actor sees it; raises BulkNotFound."""
    try:
        found = visible_bulk_operations(actor).filter(pk=uuid.UUID(bulk_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise BulkNotFound(f"there is no bulk operation {bulk_id!r}", field="bulk")
    return found


def bulk_page(
    *,
    actor: Actor,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = PAGE,
) -> KeysetPage[BulkOperation]:
    """One query: the operations that the actor sees, newest first."""
    return keyset_page(
        visible_bulk_operations(actor),
        ("id",),
        descending=True,
        after=[after] if after else None,
        before=[before] if before else None,
        size=limit,
    )


def percent_done(operation: BulkOperation) -> int:
    """Per cent of what matched at the start; 100 only once it is done."""
    if operation.state == BulkState.DONE:
        return 100
    return min(99, operation.seen * 100 // operation.total) if operation.total else 0


def bulk_fields(operation: BulkOperation) -> dict[str, Any]:
    """What there is to tell, secrets in its arguments hidden, and the progress."""
    row = {
        field.name: field.value_from_object(operation) for field in operation._meta.concrete_fields
    }
    told = {name: value for name, value in row.items() if name not in UNTOLD} | {
        "arguments": masked(row["arguments"])
    }
    return json_fields(told) | {"progress": percent_done(operation)}
