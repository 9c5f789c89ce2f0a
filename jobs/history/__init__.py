"""Were the promises kept? Decided from recorded rows alone, long after the fact.

In comes a ``History``: what runs, attempts, losses, jobs and pools were, and which moments were
due. Out come ``Violation``s, each with the rows that prove it. ``check`` and the rows know no
Django, so that whatever keeps such rows can ask; ``jobs.history.stored`` reads them from the
database, page by page.
"""

from jobs.history.check import check
from jobs.history.rows import (
    AttemptRow,
    Bounds,
    Expected,
    History,
    JobRow,
    LossRow,
    PoolRow,
    RunRow,
    Stretch,
)
from jobs.history.violation import REMEDIES, Invariant, Violation

__all__ = [
    "REMEDIES",
    "AttemptRow",
    "Bounds",
    "Expected",
    "History",
    "Invariant",
    "JobRow",
    "LossRow",
    "PoolRow",
    "RunRow",
    "Stretch",
    "Violation",
    "check",
]
