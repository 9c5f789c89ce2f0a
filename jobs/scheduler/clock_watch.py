"""The database's clock, watched by the scheduler's host: a jump that no clock here confirms is not
planned by at once.

Runs that begin an hour early cannot be taken back; a pause of some seconds is made up for by the
misfire policy.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from jobs import conf
from jobs.dispatch.clock import Reading, database_now
from jobs.maintenance.alerts import raise_alert
from jobs.models import AlertKind

logger = logging.getLogger(__name__)

JUMP = timedelta(seconds=5)
STEPS_KEPT = 10


@dataclass(frozen=True)
class Verdict:
    """``now`` may be published by; ``news`` is what has just become known, in words."""

    now: datetime
    is_held: bool = False
    news: str = ""


class ClockWatch:
    """Remembers the reading that it trusts, and the one with which a doubted clock began.

    Before it trusts one, this host's clock stands for it: who starts beside a database whose clock
    is off waits, too.
    """

    def __init__(self, hold_seconds: float) -> None:
        self.hold_seconds = hold_seconds
        self._trusted: Reading | None = None
        self._doubted: Reading | None = None

    def look(self, reading: Reading) -> Verdict:
        """At each turn of the loop."""
        trusted = self._trusted or replace(reading, database=reading.wall)
        jump = reading.jump_since(trusted)
        if abs(jump) <= JUMP:
            return self._trust(reading, self._back() if self._doubted else "")
        if _is_confirmed(reading, trusted):
            return self._trust(
                reading, f"jumped by {jump.total_seconds():+.0f} s to where this host's clock is"
            )
        if self._doubted and abs(reading.jump_since(self._doubted)) <= JUMP:
            if reading.uptime - self._doubted.uptime >= self.hold_seconds:
                return self._trust(reading, "stays where it is, and is planned by")
            return self._held(reading, jump)
        self._doubted = reading
        return self._held(reading, jump, self._doubt(jump))

    def _doubt(self, jump: timedelta) -> str:
        if self._trusted is None:
            return (
                f"is {jump.total_seconds():+.0f} s from this host's; planning and the "
                "leader's services wait"
            )
        by = f"jumped by {jump.total_seconds():+.0f} s, which no clock of this host confirms"
        return f"{by}; planning and the leader's services wait"

    def _back(self) -> str:
        return "is back where it was" if self._trusted else "is where this host's is now"

    def _trust(self, reading: Reading, news: str) -> Verdict:
        self._trusted, self._doubted = reading, None
        return Verdict(reading.database, news=news)

    @staticmethod
    def _held(reading: Reading, jump: timedelta, news: str = "") -> Verdict:
        return Verdict(min(reading.database, reading.database - jump), is_held=True, news=news)


def _is_confirmed(reading: Reading, earlier: Reading) -> bool:
    """Whether the wall clock, which has not jumped itself, is where the database's is now."""
    is_steady = abs(reading.wall - earlier.wall - reading.passed_since(earlier)) <= JUMP
    return is_steady and abs(reading.database - reading.wall) <= JUMP


class WatchedClock:
    """What the threads of one scheduler know of the database's clock; whichever sees a step first
    tells of it.
    """

    def __init__(self) -> None:
        self._watch = ClockWatch(conf.get().leader_lease_seconds)
        self._lock = Lock()
        self._steps: deque[datetime] = deque(maxlen=STEPS_KEPT)

    def look(self, now: datetime) -> Verdict:
        """At a moment at which the database says ``now``."""
        with self._lock:
            verdict = self._watch.look(Reading.at(now))
        if verdict.news:
            self._steps.append(now)
            _tell(verdict)
        return verdict

    def moment(self) -> datetime | None:
        """The database's clock, read now; None while it is doubted."""
        verdict = self.look(database_now())
        return None if verdict.is_held else verdict.now

    def steps(self) -> list[datetime]:
        """What the clock said after each step since the last call, in that order."""
        return [self._steps.popleft() for _ in range(len(self._steps))]


def _tell(clock: Verdict) -> None:
    """Say what became of the database's clock; while it is doubted, where people look, too."""
    logger.warning("scheduler: the database's clock %s", clock.news)
    if clock.is_held:
        raise_alert(
            AlertKind.CLOCK,
            f"the database's clock {clock.news} until it stays or is back",
            now=clock.now,
        )
