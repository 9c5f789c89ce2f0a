"""Channels: everything but their addresses and keys."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from jobs.definition.checking import QUEUE_ALLOWED
from jobs.errors import ChannelNotFound
from jobs.models import Channel, Notice, NoticeState
from jobs.queries.fields import json_fields

CHANNEL_SHOWN = (
    "name", "kind", "leads_to", "description", "enabled", "answer", "tried_at", "failing_since",
    "created_at", "created_by", "updated_at", "updated_by", "waiting",
)  # fmt: skip


def all_channels() -> list[Channel]:
    """By name: two queries; each with ``waiting``, how many notices wait for it."""
    rows = Notice.objects.filter(state=NoticeState.WAITING).order_by().values("channel_name")
    counts = dict(rows.annotate(count=Count("pk")).values_list("channel_name", "count"))
    found = list(Channel.objects.order_by("name").defer("sealed"))
    for channel in found:
        channel.waiting = counts.get(channel.name, 0)  # type: ignore[attr-defined]
    return found


def one_channel(name: str) -> Channel:
    """Raises ChannelNotFound."""
    known = QUEUE_ALLOWED.fullmatch(name)
    found = Channel.objects.filter(name=name).defer("sealed").first() if known else None
    if found is None:
        raise ChannelNotFound(f"there is no channel {name[:100]!r}", field="channel")
    waiting = Notice.objects.filter(state=NoticeState.WAITING, channel_name=name)
    found.waiting = waiting.count()  # type: ignore[attr-defined]
    return found


def channel_fields(channel: Channel) -> dict[str, Any]:
    """As plain JSON values, under the names every surface uses."""
    stored = {name: getattr(channel, name) for name in CHANNEL_SHOWN if name != "leads_to"}
    return json_fields({"name": stored.pop("name"), "kind": stored.pop("kind")}) | json_fields(
        {"leads_to": channel.shown} | stored
    )
