"""What lies between a host and its servers: whether they are reached, how late, and whether they
answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Link:
    """To one server. Each moment is when that ends."""

    refused_until: float = 0.0
    silent_until: float = 0.0


@dataclass
class Links:
    """A host's: to the database and to the broker.

    ``slow_until``: every call takes ``slow_seconds`` more.
    """

    name: str
    database: Link = field(default_factory=Link)
    broker: Link = field(default_factory=Link)
    slow_until: float = 0.0
    slow_seconds: float = 0.0

    def delay(self, now: float) -> float:
        return self.slow_seconds if now < self.slow_until else 0.0

    def mend(self) -> None:
        self.database, self.broker, self.slow_until = Link(), Link(), 0.0
