"""The way to the first run, for whom nothing has run yet: what is done is ticked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.admin.dashboard.panel import Panel
from jobs.queries.site import dashboard as read


@dataclass(frozen=True)
class FirstStep:
    """``kind`` chooses its words in the template."""

    kind: str
    is_done: bool


NUMBERS = ("tile_running", "tile_queued", "tile_dead", "tile_today")


def first_steps(panels: Mapping[str, Panel]) -> list[FirstStep]:
    """Empty as soon as anything has run; it costs a query or two only while nothing is going on."""
    if _something_happens(panels) or read.has_runs():
        return []
    has_workers = bool(panels["workers"].data and panels["workers"].data.up)
    due = panels["next"].data
    has_jobs = bool(due and (due.rows or due.later)) or read.has_jobs()
    return [
        FirstStep("worker", has_workers),
        FirstStep("jobs", has_jobs),
        FirstStep("run", is_done=False),
    ]


def is_new(panels: Mapping[str, Panel]) -> bool:
    """There is not even a job, and nothing needs attention: the steps are all there is to show."""
    shown: list[FirstStep] = panels["steps"].data if "steps" in panels else []
    matters = panels["attention"].data if "attention" in panels else None
    return any(step.kind == "jobs" and not step.is_done for step in shown or []) and not (
        matters and matters.rows
    )


def _something_happens(panels: Mapping[str, Panel]) -> bool:
    numbers = (panels[name].data for name in NUMBERS if name in panels)
    return any(tile is None or tile.number != "0" for tile in numbers)
