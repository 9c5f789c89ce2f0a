"""A schedule whose occurrences move out of closed stretches, to the next or the previous open
moment.

A closed day moves its occurrences to the nearest open day at the same wall time; a closed window
moves them to its end, or to the last whole minute before it. What lands on another occurrence is
that occurrence: there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from jobs.schedules.closures.closures import MOST_IN_A_ROW, TICK, Closures
from jobs.schedules.window import Schedule
from jobs.schedules.zones import DAY, first_instant

MINUTE = timedelta(minutes=1)
# A day that its own occurrences and those moved to it leave empty leads to one that they do not.
_TRIES = 4


@dataclass(frozen=True)
class ShiftedSchedule(Schedule):
    """``forward``: to the next open moment, else to the previous one."""

    closures: Closures = field(kw_only=True)
    forward: bool = field(kw_only=True)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first moved occurrence strictly after ``moment`` that lies within the window."""
        moment = moment.astimezone(UTC)
        if self.starts_at is not None and moment < self.starts_at:
            moment = self.starts_at.astimezone(UTC) - TICK
        found = self._forward(moment) if self.forward else self._backward(moment)
        return None if found is None or (self.ends_at and found > self.ends_at) else found

    def moved(self, occurrence: datetime) -> datetime | None:
        """Where one occurrence of the rule goes; None if it is never open again, or was not
        before.
        """
        open_day = self.closures.open_day(self._day(occurrence), forward=self.forward)
        return None if open_day is None else self._out(self._on(open_day, occurrence))

    def nominal(self) -> Schedule:
        """The rule as it is without the calendars."""
        return Schedule(self.rule, self.anchor, self.starts_at, self.ends_at, self.one_off)

    # The stretches that windows close, of occurrences that are on open days already: a moment that
    # comes later is never moved to before one that came earlier.

    def _forward(self, moment: datetime) -> datetime | None:
        if self.closures.at(moment):
            begin = self.closures.start_before(moment)
            if begin is None:
                return None
            moment = begin - TICK
        found = self._by_day(moment)
        return found and self._out(found)

    def _backward(self, moment: datetime) -> datetime | None:
        found = self._by_day(moment)
        for _ in range(MOST_IN_A_ROW):
            if found is None:
                return None
            out = self._out(found)
            if out is None or out > moment:
                return out
            later = self.closures.end_from(found)
            found = later and self._by_day(later - TICK)
        return None

    def _out(self, moment: datetime) -> datetime | None:
        """The moment, or the nearest open one in our direction."""
        if self.closures.at(moment) is None:
            return moment
        if self.forward:
            return self.closures.end_from(moment)
        begin = self.closures.start_before(moment)
        last = begin and (begin - TICK).replace(second=0, microsecond=0)
        for _ in range(MOST_IN_A_ROW):
            if last is None or self.closures.at(last) is None:
                return last
            begin = self.closures.start_before(last)
            last = begin and (begin - TICK).replace(second=0, microsecond=0)
        return None

    # Whole days.

    def _by_day(self, moment: datetime) -> datetime | None:
        """The first occurrence strictly after, once each is on an open day."""
        plain = self.nominal()
        day = self.closures.open_day(self._day(moment), forward=True)
        for _ in range(_TRIES):
            if day is None:
                return None
            first, last = self._sources(day)
            on_day = list(self._of_day(plain, day, first, last, moment))
            if on_day:
                return min(on_day)
            later = plain.next_after(self.closures.start_of(last + DAY) - TICK)
            if later is None:
                return None
            day = self.closures.open_day(self._day(later), forward=self.forward)
        return None

    def _sources(self, day: date) -> tuple[date, date]:
        """The days whose occurrences are on this open day: itself and the closed ones beside it."""
        edge, step = day, -DAY if self.forward else DAY
        for _ in range(MOST_IN_A_ROW):
            if not self.closures.of_day(edge + step):
                break
            edge += step
        return (edge, day) if self.forward else (day, edge)

    def _of_day(
        self, plain: Schedule, day: date, first: date, last: date, moment: datetime
    ) -> Iterator[datetime]:
        """Of each day from ``first`` to ``last``, the first occurrence that is after ``moment``
        once it is on ``day``.
        """
        source, local = first, moment.astimezone(self.closures.zone)
        while source <= last:
            start = self.closures.start_of(source)
            if local.date() == day:
                same = datetime.combine(source, local.time().replace(microsecond=0))
                start = max(start, first_instant(self.closures.zone, same))
            found = plain.next_after(start - TICK)
            while found and self._day(found) == source and self._on(day, found) <= moment:
                found = plain.next_after(found)
            if found is None:
                return
            if self._day(found) == source:
                yield self._on(day, found)
                source += DAY
            else:
                source = max(self._day(found), source + DAY)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.closures.zone).date()

    def _on(self, day: date, occurrence: datetime) -> datetime:
        """The occurrence at its wall time of another day; as it is on its own."""
        local = occurrence.astimezone(self.closures.zone)
        if local.date() == day:
            return occurrence
        return first_instant(self.closures.zone, datetime.combine(day, local.time()))
