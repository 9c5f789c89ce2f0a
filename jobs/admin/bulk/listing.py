"""Bulk operations as the pages show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.actions.bulk import NEEDS
from jobs.admin.look import paging
from jobs.admin.look.badges import Badge
from jobs.admin.look.times import Moment, moment
from jobs.models import BulkOperation, BulkState, BulkVerb
from jobs.queries.bulk import COUNTED_MOST, bulk_page, percent_done
from jobs.queries.paging import KeysetPage
from jobs.redaction.redactor import masked

BADGES = {
    BulkState.QUEUED: Badge(
        "queued", "schedule", "neutral", "the scheduler starts it within a second"
    ),
    BulkState.RUNNING: Badge("running", "play_circle", "info", "in progress"),
    BulkState.DONE: Badge("done", "check_circle", "good", "everything that matched was processed"),
    BulkState.CANCELLED: Badge(
        "cancelled", "block", "neutral", "stopped by a person; completed changes are not undone"
    ),
}
WITH_FAILURES = Badge("done, with failures", "error", "warn", "some items were refused")
TITLES = {
    BulkVerb.PAUSE: "Pause jobs",
    BulkVerb.RESUME: "Resume jobs",
    BulkVerb.RUN: "Run jobs now",
    BulkVerb.ADD_TAG: "Add tags to jobs",
    BulkVerb.SET_QUEUE: "Set the queue of jobs",
    BulkVerb.ARCHIVE: "Archive jobs",
    BulkVerb.RESCHEDULE: "Reschedule jobs",
    BulkVerb.REQUEUE: "Requeue dead letters",
    BulkVerb.DISCARD: "Discard dead letters",
    BulkVerb.RERUN: "Rerun runs",
    BulkVerb.CANCEL: "Cancel runs",
}


@dataclass(frozen=True)
class FailureRow:
    id: str
    name: str
    url: str
    reason: str


@dataclass(frozen=True)
class BulkRow:
    """One operation, ready to print; ``percent`` is how far it is."""

    id: str
    title: str
    url: str
    badge: Badge
    state: str
    wanted: str
    arguments: str
    percent: int
    seen: str
    total: str
    done: str
    failed: str
    skipped: str
    by: str
    begun: Moment
    ended: Moment
    is_open: bool


def bulk_list(
    request: HttpRequest, page: KeysetPage[BulkOperation], now: datetime
) -> dict[str, Any]:
    """What the list shows of a page of operations."""
    return {
        "rows": [bulk_row(operation, now) for operation in page.rows],
        "pager": _pager(request, page),
    }


def operations_page(request: HttpRequest) -> KeysetPage[BulkOperation]:
    """One query."""
    after, before = (paging.identifier(request, name) for name in ("after", "before"))
    return bulk_page(actor=actor_of(request), after=after, before=before)


def bulk_detail(operation: BulkOperation, actor: Actor, now: datetime) -> dict[str, Any]:
    """All that there is to tell about one operation."""
    row = bulk_row(operation, now)
    return {
        "row": row,
        "facts": list(_facts(operation, row)),
        "failures": [_failure(operation, failure) for failure in operation.failures],
        "failures_left": operation.failed - len(operation.failures),
        "can_cancel": row.is_open and actor.may(NEEDS[BulkVerb(operation.verb)]),
        "can_reverse": not row.is_open
        and operation.verb == BulkVerb.RESCHEDULE
        and operation.done > 0
        and actor.may(NEEDS[BulkVerb(operation.verb)]),
        "things": BulkVerb(operation.verb).things.removesuffix("s"),
    }


def bulk_change_mark(*operations: BulkOperation) -> str:
    """Differs when what is shown of them does."""
    return "|".join(
        f"{operation.pk} {operation.state} {operation.seen} {operation.total}"
        for operation in operations
    )


def bulk_row(operation: BulkOperation, now: datetime) -> BulkRow:
    return BulkRow(
        id=str(operation.pk),
        title=TITLES[BulkVerb(operation.verb)],
        url=reverse("beatwright:bulk_operation", args=[operation.pk]),
        badge=_badge(operation),
        state=operation.state,
        wanted=_words(operation.filter) or "everything",
        arguments=_words(masked(operation.arguments)),
        percent=percent_done(operation),
        seen=f"{operation.seen:,}",
        total=_total(operation),
        done=f"{operation.done:,}",
        failed=f"{operation.failed:,}" if operation.failed else "",
        skipped=f"{operation.skipped:,}" if operation.skipped else "",
        by=operation.created_by,
        begun=moment(operation.created_at, now),
        ended=moment(operation.finished_at, now, absent="not finished"),
        is_open=operation.is_open,
    )


def _badge(operation: BulkOperation) -> Badge:
    state = BulkState(operation.state)
    return WITH_FAILURES if state == BulkState.DONE and operation.failed else BADGES[state]


def _total(operation: BulkOperation) -> str:
    if operation.total is None:
        return ""
    return f"{COUNTED_MOST:,}+" if operation.total > COUNTED_MOST else f"{operation.total:,}"


def _words(values: dict[str, Any]) -> str:
    return " · ".join(f"{name}: {_text(name, value)}" for name, value in values.items())


def _text(name: str, value: Any) -> str:
    if name == "ids":
        return f"{len(value)} selected"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"{len(value):,}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _facts(operation: BulkOperation, row: BulkRow) -> Iterator[tuple[str, str]]:
    kept = operation.rights
    yield "Matching", row.wanted
    if row.arguments:
        yield "With", row.arguments
    origin = " · ".join(part for part in (kept["surface"], kept["token"], kept["address"]) if part)
    yield "Started by", f"{row.by} ({origin})"


def _failure(operation: BulkOperation, failure: dict[str, str]) -> FailureRow:
    page = (
        "beatwright_job_detail" if BulkVerb(operation.verb).is_for_jobs else "beatwright_run_change"
    )
    url = reverse(f"beatwright:{page}", args=[failure["id"]])
    return FailureRow(failure["id"], failure["name"], url, failure["reason"])


def _pager(request: HttpRequest, page: KeysetPage[BulkOperation]) -> paging.Pager:
    if not page.rows:
        return paging.Pager()
    first, last = str(page.rows[0].pk), str(page.rows[-1].pk)
    return paging.pager(
        request, first, last, more_before=page.more_before, more_after=page.more_after
    )
