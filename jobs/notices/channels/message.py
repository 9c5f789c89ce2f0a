"""What a channel is given to send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.models import Notice
from jobs.moments import iso
from jobs.notices.wording import digest_title

LISTED = 50


@dataclass(frozen=True)
class Message:
    """``id`` is the same at every try, so that a receiver can drop what it has already."""

    id: str
    type: str
    title: str
    text: str
    data: dict[str, Any]
    at: str


def message_of(notice: Notice) -> Message:
    """With what it carries of others, which does not change once it has been tried: one query."""
    kind, others = f"alert.{notice.kind}", list(notice.carries.order_by("id"))
    lines = [f"- {one.title}" for one in others[:LISTED]]
    rest = len(others) - len(lines)
    lines += [f"- and {rest:,} more"] if rest else []
    also = "\nAlso:\n{}\n".format("\n".join(lines)) if lines else ""
    title = digest_title(notice.title, len(others))
    data = notice.data | ({"also": [one.data for one in others[:LISTED]]} if others else {})
    return Message(str(notice.id), kind, title, notice.text + also, data, iso(notice.created_at))


def trial_message(name: str, message_id: str, now: datetime) -> Message:
    """What "Send test" sends."""
    title = f"Test of the channel {name}"
    text = f"{title}\n\nBeatwright sends alerts this way. This is a test; nothing is wrong.\n"
    return Message(message_id, "test", title, text, {"title": title, "channel": name}, iso(now))
