"""States as icon, word and colour: never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.models import Job, JobStatus, Run, RunState
from jobs.models.job import status_of


@dataclass(frozen=True)
class Badge:
    """``icon`` names a Material symbol, ``tone`` a colour of console.css."""

    word: str
    icon: str
    tone: str
    title: str = ""


RUN_BADGES = {
    "queued": Badge("queued", "schedule", "neutral", "waits for a worker"),
    "running": Badge("running", "play_circle", "info", "a worker is executing it"),
    "retrying": Badge(
        "retrying", "autorenew", "warn", "an attempt failed or was lost; the next one is scheduled"
    ),
    "succeeded": Badge("succeeded", "check_circle", "good", "finished without errors"),
    "failed": Badge("failed", "cancel", "bad", "ended with an error and has no retries left"),
    "timed_out": Badge("timed out", "timer_off", "bad", "exceeded its time limit"),
    "cancelled": Badge("cancelled", "block", "neutral", "stopped by a person"),
    "skipped": Badge("skipped", "redo", "neutral", "did not run; its page says why"),
    "blocked": Badge("blocked", "lock", "warn", "waits for an earlier run or a free slot"),
}

ACTIVE = Badge("active", "check", "good", "occurrences are planned")
PAUSED = Badge("paused", "pause_circle", "warn", "nothing is planned until it is resumed")
BROKEN = Badge("broken", "report", "bad", "its schedule is invalid")
ARCHIVED = Badge("archived", "inventory_2", "neutral", "no longer runs; kept for its history")
JOB_BADGES = {
    JobStatus.ACTIVE: ACTIVE,
    JobStatus.PAUSED: PAUSED,
    JobStatus.BROKEN: BROKEN,
    JobStatus.ARCHIVED: ARCHIVED,
}

ATTEMPT_BADGES = {
    "STARTED": RUN_BADGES["running"],
    "PROGRESS": RUN_BADGES["running"],
    "PENDING": RUN_BADGES["queued"],
    "SUCCESS": RUN_BADGES["succeeded"],
    "FAILURE": RUN_BADGES["failed"],
    "RETRY": RUN_BADGES["retrying"],
    "REVOKED": RUN_BADGES["cancelled"],
    "succeeded": RUN_BADGES["succeeded"],
    "failed": RUN_BADGES["failed"],
    "timed_out": RUN_BADGES["timed_out"],
    "cancelled": RUN_BADGES["cancelled"],
    "lost": Badge("lost", "link_off", "bad", "its process died, or its worker was lost"),
    "released": Badge(
        "released", "undo", "neutral", "returned to its queue when the worker stopped"
    ),
}


def run_badge(run: Run) -> Badge:
    return RUN_BADGES["retrying" if run.is_retrying else run.state]


def job_badge(job: Job) -> Badge:
    return JOB_BADGES[status_of(job)]


def attempt_badge(status: str, outcome: str | None) -> Badge:
    """By the recorded outcome, else by Celery's status; an unknown one is shown as it is."""
    return ATTEMPT_BADGES.get(outcome or status) or Badge(status.lower(), "help", "neutral")


def run_legend() -> list[Badge]:
    """Every badge a run can carry, in the order of its life."""
    return list(RUN_BADGES.values())


STATE_CHOICES = [(state.value, RUN_BADGES[state.value].word) for state in RunState]
