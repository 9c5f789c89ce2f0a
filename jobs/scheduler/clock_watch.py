"""The database's clock, watched by the scheduler's host: a jump that no clock here confirms is not planned by at once.

Runs that begin an hour early cannot be taken back; a pause of some seconds is made up for by the misfire policy.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

JUMP = timedelta(seconds=5)


@dataclass(frozen=True)
class Reading:
    """The database's clock, this host's on the wall, and its seconds since the boot, which nobody sets."""

    database: datetime
    wall: datetime
    uptime: float

    @classmethod
    def at(cls, database: datetime) -> Reading:
        """This moment, at which the database says ``database``."""
        # The monotonic clock stands still while a laptop sleeps, and the database's jumps when it wakes: no fault.
        return cls(database, datetime.now(UTC), time.clock_gettime(time.CLOCK_BOOTTIME))

    def jump_since(self, earlier: Reading) -> timedelta:
        """How far the database's clock is from where it should be by this host's seconds."""
        return self.database - earlier.database - self._passed(earlier)

    def is_confirmed(self, earlier: Reading) -> bool:
        """Whether the wall clock, which has not jumped itself, is where the database's is now."""
        is_steady = abs(self.wall - earlier.wall - self._passed(earlier)) <= JUMP
        return is_steady and abs(self.database - self.wall) <= JUMP

    def _passed(self, earlier: Reading) -> timedelta:
        return timedelta(seconds=self.uptime - earlier.uptime)


@dataclass(frozen=True)
class Verdict:
    """``now`` may be published by; ``news`` is what has just become known, in words."""

    now: datetime
    is_held: bool = False
    news: str = ""


class ClockWatch:
    """Remembers the reading that it trusts, and the one with which a doubted clock began."""

    def __init__(self, hold_seconds: float) -> None:
        self.hold_seconds = hold_seconds
        self._trusted: Reading | None = None
        self._doubted: Reading | None = None

    def look(self, reading: Reading) -> Verdict:
        """At each turn of the loop."""
        trusted = self._trusted or reading
        jump = reading.jump_since(trusted)
        if abs(jump) <= JUMP:
            return self._trust(reading, "is back where it was" if self._doubted else "")
        if reading.is_confirmed(trusted):
            return self._trust(reading, f"jumped by {jump.total_seconds():+.0f} s to where this host's clock is")
        if self._doubted and abs(reading.jump_since(self._doubted)) <= JUMP:
            if reading.uptime - self._doubted.uptime >= self.hold_seconds:
                return self._trust(reading, "stays where it is, and is planned by")
            return self._held(reading, jump)
        self._doubted = reading
        return self._held(
            reading,
            jump,
            f"jumped by {jump.total_seconds():+.0f} s, which no clock of this host confirms; planning waits",
        )

    def _trust(self, reading: Reading, news: str) -> Verdict:
        self._trusted, self._doubted = reading, None
        return Verdict(reading.database, news=news)

    @staticmethod
    def _held(reading: Reading, jump: timedelta, news: str = "") -> Verdict:
        return Verdict(min(reading.database, reading.database - jump), is_held=True, news=news)
