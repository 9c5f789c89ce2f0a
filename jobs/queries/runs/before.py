"""The last time it went well: what a failed run is compared with."""

from __future__ import annotations

from jobs.access.actor import Actor
from jobs.models import Run, RunState
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.listing import whole_runs_page


def last_success(run: Run, *, actor: Actor) -> Run | None:
    """The newest success of the run's job that was made before it, among its 50,000 runs before;
    three queries at the most.
    """
    wanted = RunFilter(job_id=run.job_id, state=RunState.SUCCEEDED)
    page = whole_runs_page(wanted, actor=actor, after=run.pk, limit=1)
    return page.rows[0] if page.rows else None
