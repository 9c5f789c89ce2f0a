"""How many more messages the window of a queue lets into the broker, and which of the runs that
wait may use it.

A window that is full of one level is open to the levels above it: their messages are taken first,
so that what they would wait behind is none of that. What is in the broker stays bounded, by a
window for each level.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from jobs.dispatch.brokers.levels import LEVELS, broker_level
from jobs.models import Run


@dataclass(frozen=True)
class Room:
    """Room for ``messages`` of the level ``floor`` and above it."""

    messages: int
    floor: int = 0

    def admits(self, priority: int) -> bool:
        return broker_level(priority) >= self.floor

    def after(self, sent: int) -> Room:
        """What is left of it."""
        return Room(self.messages - sent, self.floor)


def room_by_queue(queues: Iterable[str], window: int) -> dict[str, Room]:
    """One query. Messages of pools do not count: they have windows of their own."""
    names = sorted(queues)
    sent = Run.objects.in_broker().filter(queue__in=names, pool="")
    in_broker: dict[str, Counter[int]] = defaultdict(Counter)
    for queue, priority, count in (
        sent.values_list("queue", "priority").annotate(n=Count("id")) if names else ()
    ):
        in_broker[queue][broker_level(priority)] += count
    return {queue: _room(in_broker[queue], window) for queue in names}


def _room(in_broker: Counter[int], window: int) -> Room:
    """That of the lowest level which has any."""
    ahead = (
        (level, sum(n for other, n in in_broker.items() if other >= level)) for level in LEVELS
    )
    return next((Room(window - count, level) for level, count in ahead if count < window), Room(0))
