"""One run: what it is, how it went, its params, result, attempts and log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django_celery_results.models import TaskResult

from jobs.access.masking import masked
from jobs.admin.look.badges import Badge, attempt_badge, run_badge
from jobs.admin.look.times import Moment, between, moment
from jobs.models import Run
from jobs.queries.fields import attempt_fields, attempts_of
from jobs.queries.pages_runs import log_mark, log_tail


@dataclass(frozen=True)
class Step:
    """A point of the run's way; ``after`` is the time since the step before."""

    label: str
    when: Moment
    after: str


@dataclass(frozen=True)
class AttemptRow:
    number: str
    badge: Badge
    worker: str
    started: Moment
    took: str
    error: str
    log_url: str
    flower_url: str
    is_shown: bool


def mark(run: Run) -> str:
    """Changes whenever the page would: one query. Short, and safe in an address."""
    return f"{run.state}.{run.publish_count}.{bool(run.cancel_requested_at):d}.{log_mark(run)}"


def detail(run: Run, now: datetime, *, attempt: int | None = None) -> dict[str, Any]:
    """The page's context: three queries beside the run's own. ``attempt`` chooses whose log is shown."""
    attempts = attempts_of(run)
    last = attempt_fields(attempts[-1]) if attempts else {}
    shown = attempt or run.attempt
    zone = run.job.timezone
    return {
        "run": run,
        "badge": run_badge(run),
        "is_active": run.state in ("blocked", "queued", "running"),
        "facts": facts(run),
        "steps": steps(run, now, zone),
        "params": pretty(masked(run.params)),
        "result": pretty(masked(last["result"])) if run.state == "succeeded" and last else "",
        "traceback": (last.get("traceback") or "") if run.state != "succeeded" else "",
        "attempts": [attempt_row(run, row, index, shown, now) for index, row in enumerate(attempts, 1)],
        "log": log_tail(run, shown),
        "mark": mark(run),
        "parent_url": reverse("admin:jobs_run_change", args=[run.parent_id]) if run.parent_id else "",
    }


def facts(run: Run) -> list[tuple[str, str]]:
    """Label and text; what says nothing is left out."""
    every = [
        ("Trigger", run.trigger),
        ("Task", run.task),
        ("Queue", run.queue),
        ("Priority", str(run.priority) if run.priority else ""),
        ("Attempts", _attempts(run)),
        ("Worker", run.worker),
        ("Job version", str(run.job_version)),
        ("Skipped occurrences", str(run.skipped_count) if run.skipped_count > 1 else ""),
        ("Run id", str(run.pk)),
    ]
    return [(label, text) for label, text in every if text]


def steps(run: Run, now: datetime, zone: str) -> list[Step]:
    """Due, published, started, finished: with the time each took."""
    return [
        Step("Due", moment(run.scheduled_for, now, zone), ""),
        Step("Published", moment(run.published_at, now, zone, absent=_unpublished(run)), ""),
        Step("Started", moment(run.started_at, now, zone, absent="it has not started"), _wait(run)),
        Step("Finished", moment(run.finished_at, now, zone, absent="it is not over"), _took(run)),
    ]


def attempt_row(run: Run, row: TaskResult, index: int, shown: int, now: datetime) -> AttemptRow:
    fields = attempt_fields(row)
    number = int(fields["attempt"] or index)
    is_over = fields["outcome"] is not None
    return AttemptRow(
        number=str(number),
        badge=attempt_badge(row.status, fields["outcome"]),
        worker=fields["worker"],
        started=moment(row.date_started, now, run.job.timezone),
        took=between(row.date_started, row.date_done if is_over else now),
        error=_last_line(fields["traceback"]),
        log_url=f"?attempt={number}",
        flower_url=f"/flower/task/{row.task_id}",
        is_shown=number == shown,
    )


def pretty(value: Any) -> str:
    """JSON as people read it, up to what is stored of a result."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    most = settings_most()
    return text if len(text) <= most else f"{text[:most]}\n… cut here"


def settings_most() -> int:
    return int(getattr(settings, "JOBS", {}).get("result_max_bytes", 65_536))


def _attempts(run: Run) -> str:
    lost = f", {run.losses} lost" if run.losses else ""
    failed = f", {run.failures} failed" if run.failures else ""
    return f"{run.attempt}{failed}{lost}"


def _unpublished(run: Run) -> str:
    return "it waits for its turn" if run.state == "queued" else "no message is out"


def _wait(run: Run) -> str:
    return f"{between(run.scheduled_for, run.started_at)} after it was due" if run.started_at else ""


def _took(run: Run) -> str:
    return f"took {between(run.started_at, run.finished_at)}" if run.started_at and run.finished_at else ""


def _last_line(traceback: str | None) -> str:
    lines = (traceback or "").strip().splitlines()
    return lines[-1] if lines else ""
