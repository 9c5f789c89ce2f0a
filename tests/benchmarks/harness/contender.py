"""What all that is compared has in common: servers, a database for a round, and an end to it."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from tests.benchmarks.harness.servers import Servers

OURS = "Beatwright"
WINDOW = 1_000_000  # messages of a queue in the broker: nothing waits for a worker here


class Contender(ABC):
    """``keeps`` is where the state and the history of a job are, and what survives a power cut."""

    name: str
    keeps: ClassVar[str]

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.database = ""

    def versions(self) -> dict[str, str]:
        return {}

    def clean(self) -> None:
        """End the processes, and leave nothing for the next round."""
        self.servers.end_processes()
        self.servers.redis.flush()
        if self.database:
            self.servers.drop(self.database)
