"""What a look at the history found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobs.history.violation import REMEDIES, Violation
from jobs.moments import iso

MOST_KEPT = 50  # of each kind
SHOWN = 3


@dataclass
class Report:
    """``violations`` are the first of ``counts``; ``unjudged`` are sentences; ``is_complete``: it
    got to the end.
    """

    since: datetime | None
    until: datetime
    jobs: int = 0
    runs: int = 0
    attempts: int = 0
    occurrences: int = 0
    violations: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unjudged: list[str] = field(default_factory=list)
    is_complete: bool = True

    @property
    def is_kept(self) -> bool:
        """Whether no promise was seen to be broken."""
        return not self.counts

    def add(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            self.counts[violation.invariant] += 1
            if self.counts[violation.invariant] <= MOST_KEPT:
                self.violations.append(violation)

    def fields(self) -> dict[str, Any]:
        """As JSON has it, on every surface."""
        return {
            "since": iso(self.since),
            "until": iso(self.until),
            "jobs": self.jobs,
            "runs": self.runs,
            "attempts": self.attempts,
            "occurrences": self.occurrences,
            "is_complete": self.is_complete,
            "counts": dict(self.counts),
            "violations": [_violation_fields(each) for each in self.violations],
            "unjudged": self.unjudged,
        }


@dataclass
class Unjudged:
    """Jobs whose occurrences are not compared, or not from the beginning: how many for each reason,
    and the first.
    """

    names: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, reason: str, job: str) -> None:
        self.counts[reason] += 1
        if self.counts[reason] <= SHOWN:
            self.names.setdefault(reason, []).append(job)

    def sentences(self) -> list[str]:
        return [
            f"{reason}: {_listed(self.names[reason], count)}"
            for reason, count in self.counts.items()
        ]


def _violation_fields(violation: Violation) -> dict[str, Any]:
    return {
        "invariant": str(violation.invariant),
        "job_name": violation.job,
        "run": violation.run,
        "at": iso(violation.at),
        "said": violation.said,
        "rows": list(violation.rows),
        "remedy": REMEDIES[violation.invariant],
    }


def _listed(names: list[str], count: int) -> str:
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return f"{', '.join(names)}{more}"
