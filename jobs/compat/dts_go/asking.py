"""What a method is told beside its message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from jobs.access.actor import Actor


@dataclass(frozen=True)
class Call:
    """Who asks, and when; ``key`` is the idempotency key, if the caller sent one."""

    actor: Actor
    now: datetime
    key: str | None = None


Method = Callable[[Any, Call], Message]
