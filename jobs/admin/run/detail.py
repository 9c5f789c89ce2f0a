"""One run: what it is, how it went, how far it is, its attempts, params and result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django_celery_results.models import TaskResult

from jobs import conf
from jobs.access.actor import Actor
from jobs.admin.look.badges import Badge, attempt_badge, run_badge
from jobs.admin.look.progress import progress_row
from jobs.admin.look.times import Moment, Took, between, moment, took
from jobs.admin.navigation import in_flower
from jobs.admin.run.related import other_run_link, relations, same_error_link
from jobs.admin.run.silence import silent_for
from jobs.admin.run.timeline import timeline
from jobs.admin.run.traces import Trace, trace
from jobs.models import Run, RunState
from jobs.moments import stamp
from jobs.queries.attention.misses import misses_of
from jobs.queries.fields import attempt_fields, attempts_of
from jobs.queries.runs.page import family, same_error
from jobs.queries.site.change_token import change_token
from jobs.queries.why.job import why_run
from jobs.redaction.redactor import redactor_of


@dataclass(frozen=True)
class RunStep:
    """A point of the run's way; ``after`` is the time since the step before."""

    label: str
    when: Moment
    after: str


@dataclass(frozen=True)
class AttemptPanel:
    number: int
    badge: Badge
    worker: str
    started: Moment
    took: Took
    error: str
    log_url: str
    flower_url: str
    is_shown: bool


def run_change_mark(run: Run, now: datetime) -> str:
    """Changes whenever the page would, its log aside: of a run that waits, with all that it may
    wait for.
    """
    seen = (
        run.state, run.publish_count, run.attempt, run.cancel_requested_at, run.progress,
        run.reason, run.error,
        run.resolved_at, run.in_time, silent_for(run, now) is None,
        change_token(now=now) if is_waiting(run) else "",
    )  # fmt: skip
    return repr(seen)


def is_waiting(run: Run) -> bool:
    return run.state in {RunState.QUEUED, RunState.BLOCKED}


def run_detail(run: Run, actor: Actor, now: datetime, *, attempt: int) -> dict[str, Any]:
    """The page's context beside its log: at most 7 queries beside the run's own.

    ``attempt``: whose log is shown.
    """
    attempts = attempts_of(run)
    redactor = redactor_of(run.params)
    fields = [attempt_fields(row, redactor) for row in attempts]
    last = fields[-1] if fields else {}
    badge = run_badge(run)
    is_over = RunState(run.state).is_final
    is_dead, kin = run.is_dead_letter, family(run)
    return {
        "run": run,
        "happened": redactor.text(": ".join(filter(None, (run.reason, run.error)))),
        "other_url": other_run_link(run, kin),
        "badge": badge,
        "tab_title": f"{badge.word} · {run.job.name}",
        "is_active": not is_over,
        "why": list(why_run(run, now=now).reasons) if is_waiting(run) else [],
        "progress": progress_row(run, now),
        "silence": silent_for(run, now),
        "cancel_requested": moment(run.cancel_requested_at, now)
        if not is_over and run.cancel_requested_at
        else None,
        "facts": facts(run),
        "misses": misses_of(run),
        "steps": run_steps(run, now, run.job.timezone),
        "timeline": timeline(run, fields, now),
        "params": pretty(redactor.json(run.params)),
        "result": pretty(last["result"]) if run.state == RunState.SUCCEEDED and last else "",
        "trace": trace_of(run, last),
        "attempts": [
            attempt_panel(run, row, each, index, is_shown=attempt == _number(each, index), now=now)
            for index, (row, each) in enumerate(zip(attempts, fields, strict=True), 1)
        ],
        "relations": relations(run, kin, now),
        "same_error": same_error_link(run, same_error(run, actor)) if is_dead else None,
    }


def trace_of(run: Run, attempt: dict[str, Any]) -> Trace | None:
    text = attempt.get("traceback") or ""
    return trace(text) if text and run.state != RunState.SUCCEEDED else None


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
        ("Secrets", secrets_given(run)),
        ("Must succeed by", stamp(run.succeed_by) if run.succeed_by else ""),
        ("Skipped occurrences", f"{run.skipped_count:,}" if run.skipped_count > 1 else ""),
        ("Resolved by", run.resolved_by),
        ("Resolution", run.resolution),
        ("Run id", str(run.pk)),
    ]
    return [(label, text) for label, text in every if text]


def secrets_given(run: Run) -> str:
    """Those that its last attempt was given, each with its version."""
    return ", ".join(f"{name} (version {version})" for name, version in (run.secrets or {}).items())


def run_steps(run: Run, now: datetime, zone: str) -> list[RunStep]:
    """Due, published, started, finished: with the time each took."""
    return [
        RunStep("Due", moment(run.scheduled_for, now, zone), ""),
        RunStep("Published", moment(run.published_at, now, zone, absent=_unpublished(run)), ""),
        RunStep("Started", moment(run.started_at, now, zone, absent="not started"), _wait(run)),
        RunStep("Finished", moment(run.finished_at, now, zone, absent="not finished"), _took(run)),
    ]


def attempt_panel(
    run: Run, row: TaskResult, fields: dict[str, Any], index: int, *, is_shown: bool, now: datetime
) -> AttemptPanel:
    """``fields`` are those of ``row``, its secrets hidden."""
    number = _number(fields, index)
    is_over = fields["outcome"] is not None
    # Of the attempt at work the page tells one start, the run's.
    begun = row.date_started if is_over else run.started_at or row.date_started
    return AttemptPanel(
        number=number,
        badge=attempt_badge(row.status, fields["outcome"]),
        worker=fields["worker"],
        started=moment(begun, now, run.job.timezone),
        took=took(begun, row.date_done if is_over else None, now, goes_on=not is_over),
        error=last_line(fields["traceback"]),
        log_url=f"{reverse('beatwright:beatwright_run_change', args=[run.pk])}?attempt={number}",
        flower_url=in_flower(f"task/{row.task_id}"),
        is_shown=is_shown,
    )


def pretty(value: Any) -> str:
    """JSON as people read it, up to what is stored of a result."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    most = conf.get().result_max_bytes
    return text if len(text) <= most else f"{text[:most]}\n… truncated"


def last_line(traceback: str | None) -> str:
    lines = (traceback or "").strip().splitlines()
    return lines[-1] if lines else ""


def _number(fields: dict[str, Any], index: int) -> int:
    return int(fields["attempt"] or index)


def _attempts(run: Run) -> str:
    lost = f", {run.losses} lost{_causes(run)}" if run.losses else ""
    failed = f", {run.failures} failed" if run.failures else ""
    return f"{run.attempt}{failed}{lost}"


def _causes(run: Run) -> str:
    """`` (1 with its process, 2 cut off)``; those lost before causes were told apart are in
    none.
    """
    counts = (
        (run.child_losses, "with its process"),
        (run.worker_losses, "with its worker"),
        (run.lease_losses, "cut off"),
    )
    told = ", ".join(f"{count} {how}" for count, how in counts if count)
    return f" ({told})" if told else ""


def _unpublished(run: Run) -> str:
    return "waiting for its turn" if run.state == RunState.QUEUED else "not published"


def _wait(run: Run) -> str:
    return (
        f"{between(run.scheduled_for, run.started_at)} after it was due" if run.started_at else ""
    )


def _took(run: Run) -> str:
    return (
        f"took {between(run.started_at, run.finished_at)}"
        if run.started_at and run.finished_at
        else ""
    )
