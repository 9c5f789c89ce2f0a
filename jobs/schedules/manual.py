"""``@manual``: runs only when a person or a program asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from jobs.schedules.rule import Rule


@dataclass(frozen=True)
class ManualRule(Rule):
    """Has no occurrences."""

    kind: ClassVar[str] = "manual"

    def _next(self, moment: datetime, anchor: datetime) -> datetime | None:
        return None

    def describe(self) -> str:
        return "Only when started manually"
