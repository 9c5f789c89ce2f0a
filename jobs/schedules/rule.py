"""What every kind of schedule can answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

# Outside these years a date-time cannot be moved between zones without overflow, and nobody
# schedules there.
FIRST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rule(ABC):
    """A time rule: which moments are occurrences.

    Pure, hashable, equal when text and timezone are.
    """

    kind: ClassVar[str]

    text: str
    timezone: str

    def next_after(self, moment: datetime, anchor: datetime) -> datetime | None:
        """The first occurrence strictly after ``moment`` (aware), in UTC; None when there is none
        any more.

        ``anchor`` (aware) is where intervals and recurrences are counted from; the other kinds
        ignore it.
        """
        if moment.tzinfo is None or anchor.tzinfo is None:
            raise ValueError("moment and anchor must be aware date-times")
        if moment >= LAST_MOMENT:
            return None
        return self._next(max(moment, FIRST_MOMENT).astimezone(UTC), anchor)

    @abstractmethod
    def _next(self, moment: datetime, anchor: datetime) -> datetime | None:
        """As ``next_after``, for a moment in UTC and within the supported years."""

    @abstractmethod
    def describe(self) -> str:
        """A sentence for people, 24-hour clock, naming the zone where one matters."""

    def notes(self, moment: datetime) -> list[str]:
        """What may surprise: clock changes within 13 months after ``moment``, cron's odd
        corners.
        """
        return []
