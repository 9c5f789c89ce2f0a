"""A broken promise: which one, where and when, and the rows that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Invariant(StrEnum):
    """What always holds."""

    OCCURRENCES = "occurrences"
    SKIPS = "skips"
    SUCCESS = "one success"
    ATTEMPTS = "attempts"
    END = "end"
    LOSSES = "losses"
    RETRIES = "retries"
    LEASE = "lease"
    CAUSE = "cause"
    EXCLUSIVE = "exclusive"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Violation:
    """``said`` is a sentence for people; ``rows`` name what proves it: ``run <id>``, ``attempt
    <task id>``.
    """

    invariant: Invariant
    job: str
    run: str
    at: datetime
    said: str
    rows: tuple[str, ...] = ()


REMEDIES: dict[Invariant, str] = {
    Invariant.OCCURRENCES: "run what is missing with `manage.py job backfill`; after a "
    "restore, see the restore page",
    Invariant.SKIPS: "compare the range with `manage.py job preview`; the count is what "
    "reports add up",
    Invariant.SUCCESS: "see what its task did twice: its attempts' logs and results are on the "
    "run's page",
    Invariant.ATTEMPTS: "see who deleted or wrote attempts: the audit, and results edited by hand",
    Invariant.END: "see who wrote this run: no action leaves it so; `manage.py run rerun` runs "
    "it again",
    Invariant.LOSSES: "see the alerts about workers that were cut off at that time",
    Invariant.RETRIES: "compare the run's attempts with the job's max_retries",
    Invariant.LEASE: "see `manage.py doctor`: a scheduler's sweep recovers it, unless somebody "
    "keeps its row locked",
    Invariant.CAUSE: "see the worker's log at that time",
    Invariant.EXCLUSIVE: "see what both attempts did; compare the clocks of the database and "
    "its standby",
    Invariant.POOL: "compare the pool's limits with what its jobs take; see the audit for "
    "changes of the pool",
}
