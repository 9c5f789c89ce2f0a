"""Plan: what an import would do, before it does it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from jobs.importers.files.problems import Problem
from jobs.models import Job, JobState

Kind = Literal["new", "changed", "gone"]


@dataclass(slots=True)
class Change:
    """One job as it is to be saved, unsaved yet.

    ``fields``: field → (old, new), empty for a new job. ``state`` is the planner's row as it was
    when the plan was made, None for a new job. ``seen_at`` is the moment the stored job had last
    been saved then.
    """

    kind: Kind
    job: Job
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    state: JobState | None = None
    seen_at: datetime | None = None

    @property
    def fires(self) -> datetime | None:
        """When the job fires next as it is stored; None when it does not."""
        return self.state.next_run_at if self.state else None

    def will_fire(self, now: datetime) -> datetime | None:
        """When it fires next once the plan is applied; None when it does not."""
        state = JobState(job=self.job) if self.state is None else copy.copy(self.state)
        return state.replanned(self.job, now).next_run_at

    def would_fire(self, now: datetime) -> datetime | None:
        """When a job that may not run yet would fire next if it were resumed now; None for any
        other.
        """
        if self.job.enabled or self.kind == "gone":
            return None
        resumed = copy.copy(self.job)
        resumed.enabled = True
        state = JobState(job=resumed) if self.state is None else copy.copy(self.state)
        return state.replanned(resumed, now).next_run_at


@dataclass(slots=True)
class Plan:
    """Everything an import would change, how many jobs it leaves as they are, and what stands
    against it.
    """

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    gone: list[Change] = field(default_factory=list)
    same: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        return [*self.new, *self.changed, *self.gone]

    def counts(self) -> dict[str, int]:
        """``new``, ``changed``, ``paused``, ``same`` and ``problems``."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "paused": len(self.gone),
            "same": self.same,
            "problems": len(self.problems),
        }
