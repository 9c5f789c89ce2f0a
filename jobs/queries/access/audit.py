"""The audit, the newest first, for every surface."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_entries
from jobs.models import AuditEntry
from jobs.queries.fields import json_fields
from jobs.queries.paging import PAGE, KeysetPage, keyset_page

SHOWN = (
    "id", "at", "who", "surface", "verb", "target_kind", "target_name", "changes", "reason",
    "target_id", "job_id",
    "address", "token",
)  # fmt: skip


@dataclass(frozen=True)
class AuditFilter:
    """What the list is narrowed to; an empty value is no restriction.

    ``target`` is part of a name's beginning.
    """

    who: str = ""
    verb: str = ""
    kind: str = ""
    target: str = ""
    job_id: uuid.UUID | None = None


def audit_page(
    wanted: AuditFilter,
    *,
    actor: Actor,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = PAGE,
) -> KeysetPage[AuditEntry]:
    """One query: a page of the entries that the actor sees, the newest first."""
    exact = {
        "who": wanted.who,
        "verb": wanted.verb,
        "target_kind": wanted.kind,
        "job_id": wanted.job_id,
    }
    entries = visible_entries(actor).filter(
        **{name: value for name, value in exact.items() if value}
    )
    if wanted.target:
        entries = entries.filter(target_name__startswith=wanted.target)
    cursors = {"after": [after] if after else None, "before": [before] if before else None}
    return keyset_page(entries, ("id",), descending=True, size=limit, **cursors)


def entry_fields(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON values."""
    return json_fields({name: getattr(entry, name) for name in SHOWN})
