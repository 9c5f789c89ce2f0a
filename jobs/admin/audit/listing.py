"""The list of audit entries, newest first: one query, whatever their number."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.access.audit import Verb
from jobs.admin.look import paging
from jobs.admin.look.times import NONE, Moment, moment
from jobs.models import AuditEntry
from jobs.queries.access.audit import AuditFilter, audit_page
from jobs.queries.paging import KeysetPage

KINDS = {
    "job": "job", "run": "run", "backfill": "backfill", "queue": "queue", "pool": "pool",
    "file": "file",
    "apitoken": "API token", "bulkoperation": "bulk operation", "user": "user", "group": "group",
    "periodictask": "periodic task",
}  # fmt: skip
STAMP = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$")
VALUE_MOST = 300
SHOWN = 4
PAGES = {
    "job": "beatwright:beatwright_job_detail",
    "run": "beatwright:beatwright_run_change",
    "bulkoperation": "beatwright:bulk_operation",
}


@dataclass(frozen=True)
class FieldChange:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditRow:
    """One entry, ready to print: the first few fields in ``changes``, the others in ``more``."""

    when: Moment
    who: str
    origin: str
    verb: str
    target: str
    target_url: str
    kind: str
    changes: list[FieldChange]
    more: list[FieldChange]
    reason: str


def audit_list(request: HttpRequest, now: datetime) -> dict[str, Any]:
    wanted = wanted_entries(request)
    after, before = (paging.identifier(request, name) for name in ("after", "before"))
    page = audit_page(wanted, actor=actor_of(request), after=after, before=before)
    return {
        "rows": [audit_row(entry, now) for entry in page.rows],
        "pager": pager(request, page),
        "filters": audit_filters(wanted),
        "wanted": wanted,
        "is_filtered": wanted != AuditFilter(),
    }


def wanted_entries(request: HttpRequest) -> AuditFilter:
    """The filter in the address; what is not known there is no restriction."""
    verb, kind = paging.parameter(request, "verb"), paging.parameter(request, "kind")
    return AuditFilter(
        who=paging.parameter(request, "who"),
        verb=verb if verb in set(Verb) else "",
        kind=kind if kind in KINDS else "",
        target=paging.parameter(request, "target"),
        job_id=paging.identifier(request, "job"),
    )


def audit_filters(wanted: AuditFilter) -> list[dict[str, Any]]:
    verbs = [(verb.value, verb_in_words(verb)) for verb in Verb]
    return [
        {
            "name": "verb",
            "label": "Action",
            "any": "any action",
            "value": wanted.verb,
            "choices": verbs,
        },
        {
            "name": "kind",
            "label": "Target",
            "any": "any target",
            "value": wanted.kind,
            "choices": KINDS.items(),
        },
    ]


def pager(request: HttpRequest, page: KeysetPage[AuditEntry]) -> paging.Pager:
    if not page.rows:
        return paging.Pager()
    first, last = str(page.rows[0].pk), str(page.rows[-1].pk)
    return paging.pager(
        request, first, last, more_before=page.more_before, more_after=page.more_after
    )


def audit_row(entry: AuditEntry, now: datetime) -> AuditRow:
    changes = field_changes(entry.changes)
    token = f"token {entry.token}" if entry.token else ""
    return AuditRow(
        when=moment(entry.at, now),
        who=entry.who,
        origin=" · ".join(part for part in (entry.surface, token, entry.address) if part),
        verb=verb_in_words(entry.verb),
        target=entry.target_name or NONE,
        target_url=_page_of(entry),
        kind=KINDS.get(entry.target_kind, entry.target_kind),
        changes=changes[:SHOWN],
        more=changes[SHOWN:],
        reason=entry.reason,
    )


def field_changes(changes: Mapping[str, Iterable[Any]]) -> list[FieldChange]:
    return [FieldChange(field, *map(value_text, pair)) for field, pair in changes.items()]


def verb_in_words(verb: str) -> str:
    """``pause_job`` as people say it."""
    return verb.replace("_", " ")


def value_text(value: Any) -> str:
    """A value as one reads it in passing."""
    if value in (None, "", [], {}):
        return NONE
    text = (
        STAMP.sub(r"\1 \2 UTC", value)
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False)
    )
    return text if len(text) <= VALUE_MOST else f"{text[:VALUE_MOST]}…"


def _page_of(entry: AuditEntry) -> str:
    """The page of what it is about, if there is one; what has been deleted since answers that there
    is none.
    """
    name = PAGES.get(entry.target_kind)
    return reverse(name, args=[uuid.UUID(entry.target_id)]) if name else ""
