"""The one clock that all schedulers and workers share: the database's; and the host's own, to
compare it with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connections

from jobs.moments import read_moment

# What Now() compiles to on SQLite, so that both tell the same time to the same millisecond.
CLOCKS = {
    "sqlite": "SELECT STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')",
    "postgresql": "SELECT clock_timestamp()",
}

# What Now() compiles to: the moment at which a statement begins.
STATEMENT_TIME = {
    "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')",
    "postgresql": "STATEMENT_TIMESTAMP()",
}


def database_now(using: str = "default") -> datetime:
    """The database's current time, aware, in UTC. SQLite's is this machine's."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(CLOCKS[connection.vendor])
        moment: datetime | str = cursor.fetchone()[0]
    if isinstance(moment, str):
        return read_moment(moment)
    return moment.astimezone(UTC)


@dataclass(frozen=True)
class Reading:
    """The database's clock, this host's on the wall, and its seconds since the boot, which nobody
    sets.
    """

    database: datetime
    wall: datetime
    uptime: float

    @classmethod
    def at(cls, database: datetime) -> Reading:
        """This moment, at which the database says ``database``."""
        # The monotonic clock stands still while a laptop sleeps, and the database's jumps when it
        # wakes: no fault.
        return cls(database, datetime.now(UTC), time.clock_gettime(time.CLOCK_BOOTTIME))

    def jump_since(self, earlier: Reading) -> timedelta:
        """How far the database's clock is from where it should be by this host's seconds."""
        return self.database - earlier.database - self.passed_since(earlier)

    def passed_since(self, earlier: Reading) -> timedelta:
        """How long ago that was, by this host's seconds."""
        return timedelta(seconds=self.uptime - earlier.uptime)
