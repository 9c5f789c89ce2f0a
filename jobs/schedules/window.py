"""A rule within a job's window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jobs.schedules.rule import Rule

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Schedule:
    """A rule, where it is counted from, and the first and last moment it may fire (both included).

    ``one_off``: it fires once, at its first occurrence from its start on; without a start, after
    its anchor.
    """

    rule: Rule
    anchor: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    one_off: bool = False

    def next_after(self, moment: datetime) -> datetime | None:
        """The first occurrence strictly after ``moment`` within the window, in UTC; None when there
        is none.
        """
        moment = moment.astimezone(UTC)
        if self.starts_at is not None and moment < self.starts_at:
            moment = self.starts_at.astimezone(UTC) - _TICK
        found = self.rule.next_after(moment, self.anchor)
        if found is None or (self.ends_at is not None and found > self.ends_at):
            return None
        return None if self.one_off and found != self._first() else found

    def _first(self) -> datetime | None:
        start = self.anchor if self.starts_at is None else self.starts_at - _TICK
        return self.rule.next_after(start, self.anchor)

    def between(self, after: datetime, until: datetime, limit: int) -> list[datetime]:
        """The occurrences in (after, until], ascending, at most ``limit`` of them (the
        earliest).
        """
        found: list[datetime] = []
        while len(found) < limit:
            following = self.next_after(after)
            if following is None or following > until:
                break
            found.append(following)
            after = following
        return found
