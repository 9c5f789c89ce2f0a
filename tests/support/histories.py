"""Small histories for tests, sound as they stand: a test names only what it breaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.history import AttemptRow, Bounds, History, Invariant, JobRow, RunRow, check

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
JOB = JobRow("job-1", "nightly", max_retries=2)


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


BOUNDS = Bounds(now=at(3600), leaseless_after=timedelta(seconds=120))


def run_row(number: int = 1, **fields: Any) -> RunRow:
    """A run due so many minutes after noon that succeeded at its first attempt."""
    due = at(60 * number)
    values: dict[str, Any] = {
        "state": "succeeded",
        "scheduled_for": due,
        "created_at": due,
        "attempts": 1,
    }
    values |= {"finished_at": due + timedelta(seconds=10)}
    return RunRow(**({"id": f"run-{number}", "job": JOB.id} | values | fields))


def attempt_row(run: RunRow, number: int = 1, **fields: Any) -> AttemptRow:
    """One that took the last nine seconds of a run that took ten; each further one is twenty
    seconds later.
    """
    start = run.created_at + timedelta(seconds=1 + 20 * (number - 1))
    values: dict[str, Any] = {
        "id": f"{run.id}.{number}",
        "run": run.id,
        "number": number,
        "outcome": "succeeded",
    }
    return AttemptRow(
        **(values | {"started": start, "ended": start + timedelta(seconds=9)} | fields)
    )


def history(*runs: RunRow, **more: Any) -> History:
    """These runs, each with the one attempt that it counts, unless ``attempts`` says otherwise."""
    attempts = [attempt_row(run) for run in runs if run.attempts]
    return replace(History(BOUNDS, jobs=[JOB], runs=runs, attempts=attempts), **more)


def broken(found: History) -> list[tuple[Invariant, str]]:
    """The invariants that the check names, each with the run."""
    return [(one.invariant, one.run) for one in check(found)]
