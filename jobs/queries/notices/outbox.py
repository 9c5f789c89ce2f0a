"""Notices, the newest first: what was told, to whom, and what came of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_notices
from jobs.errors import NotFound
from jobs.models import Notice
from jobs.queries.fields import json_fields
from jobs.queries.paging import PAGE, KeysetPage, keyset_page

NOTICE_SHOWN = (
    "id", "kind", "state", "title", "channel_name", "route_name", "alert_id", "alert_kind",
    "run_id", "attempts", "created_at", "next_at", "tried_at", "sent_at", "answer",
)  # fmt: skip


class NoticeNotFound(NotFound):
    """No notice has this id, or none that this person may see."""


@dataclass(frozen=True)
class NoticeFilter:
    """What the list is narrowed to; an empty value is no restriction."""

    state: str = ""
    channel: str = ""
    route: str = ""


def notice_page(
    wanted: NoticeFilter,
    *,
    actor: Actor,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = PAGE,
) -> KeysetPage[Notice]:
    """One query: a page of the notices that the actor sees, with their jobs."""
    exact = {"state": wanted.state, "channel_name": wanted.channel, "route_name": wanted.route}
    found = visible_notices(actor).filter(**{name: value for name, value in exact.items() if value})
    cursors = {"after": [after] if after else None, "before": [before] if before else None}
    rows = found.select_related("job").defer("data")
    return keyset_page(rows, ("id",), descending=True, size=limit, **cursors)


def find_notice(notice_id: uuid.UUID, *, actor: Actor) -> Notice:
    """With its job; raises NoticeNotFound."""
    rows = visible_notices(actor).select_related("job")
    found = rows.filter(pk=notice_id).first()
    if found is None:
        raise NoticeNotFound(f"there is no notice {notice_id}", field="notice")
    return found


def notice_fields(notice: Notice) -> dict[str, Any]:
    """As plain JSON values."""
    row = json_fields({name: getattr(notice, name) for name in NOTICE_SHOWN})
    row["channel"], row["route"] = row.pop("channel_name"), row.pop("route_name")
    job = {"job_id": notice.job_id, "job": notice.job.name if notice.job else None}
    return row | json_fields(job)


def whole_notice(notice: Notice) -> dict[str, Any]:
    """The same with its text; what a digest says of others is with those."""
    carried = {"carried_by": notice.carried_by_id}
    return notice_fields(notice) | {"text": notice.text} | json_fields(carried)
