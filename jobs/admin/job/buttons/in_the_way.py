"""What "Run now" would find: said before it is pressed, with what else can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from jobs.admin.look.times import moment
from jobs.models import Job, Run, RunState
from jobs.queries.jobs.overlap import Fate, in_the_way

FATES = {
    Fate.SKIPPED: "A new run would be skipped.",
    Fate.WAITS: "A new run waits until it finishes.",
    Fate.REPLACES: "A new run stops it.",
}


@dataclass(frozen=True)
class Obstacle:
    """``button``: what pressing does; empty where nothing would come of it.

    ``waits``: the run is to be queued.
    """

    sentence: str
    url: str
    button: str
    waits: bool


def told_in_the_way(job: Job, now: datetime) -> Obstacle | None:
    """At most two queries; None where the run would simply start."""
    found = in_the_way(job)
    if found is None:
        return None
    sentence = f"{_going_on(found.run, job, now)} {FATES[found.fate]}"
    can_go = found.fate != Fate.SKIPPED or found.may_wait
    button = "Queue" if found.may_wait else "Run now" if can_go else ""
    return Obstacle(
        sentence,
        reverse("beatwright:beatwright_run_change", args=[found.run.pk]),
        button,
        found.may_wait,
    )


def _going_on(run: Run, job: Job, now: datetime) -> str:
    if run.state == RunState.RUNNING and run.started_at:
        return f"A run has been running since {moment(run.started_at, now, job.timezone).text}."
    return f"The run due {moment(run.scheduled_for, now, job.timezone).text} is already waiting."
