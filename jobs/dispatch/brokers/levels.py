"""A job's priority as a broker has it: one of ten levels, the most that kombu has on Redis."""

from __future__ import annotations

from bisect import bisect_right

# From each of these priorities on, a message has a level more: low, normal, the integers, high and
# critical.
FLOORS = (0, 1, 2, 3, 5, 7, 9, 10, 20)
TOP = len(FLOORS)  # RabbitMQ's x-max-priority
LEVELS = range(TOP + 1)  # kombu's priority_steps on Redis
LOW = -10


def broker_level(priority: int) -> int:
    """From 0, for what may wait the longest, to TOP."""
    return bisect_right(FLOORS, priority)


def priority_at(level: int) -> int:
    """The lowest priority of a level, but for the last, which is that of ``low``."""
    return FLOORS[level - 1] if level else LOW
