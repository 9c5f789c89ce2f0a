"""What a check says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Fact = str | int | float | None


@dataclass(frozen=True)
class HealthFinding:
    """One check's answer; ``remedy`` says what to do when it is not ok."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""
    cause: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


# A check is told the host whose processes it is to look at; empty means all of them.
Check = Callable[[str], Iterable[HealthFinding]]
