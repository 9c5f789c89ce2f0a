"""A job's past: for each moment it was due, a run that ended as the job's temper has it, with its
attempts and log.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery import states
from django_celery_results.models import TaskResult

from jobs.demo.company import WORKERS, Temper
from jobs.dispatch.fingerprint import fingerprint
from jobs.dispatch.occurrences import make_run
from jobs.dispatch.overlap import still
from jobs.lifecycle.rows import AttemptMeta
from jobs.models import Job, Loss, LostAttempt, Run, RunLog, RunState
from jobs.models.ids import first_id_at

TIMED_OUT_SHARE, LOST_SHARE, LOGGED = 0.1, 0.02, 20
PAUSE = timedelta(seconds=20)  # before the next attempt
SEEN_AFTER = timedelta(hours=6)  # by then somebody has looked at a failure


@dataclass
class Past:
    """Rows that are not stored yet."""

    runs: list[Run] = field(default_factory=list)
    attempts: list[TaskResult] = field(default_factory=list)
    losses: list[LostAttempt] = field(default_factory=list)
    logs: list[RunLog] = field(default_factory=list)


def past_of(
    job: Job, temper: Temper, moments: Sequence[datetime], *, dice: random.Random, now: datetime
) -> Past:
    """The runs of these moments, ascending, with their attempts; the newest have logs."""
    past = Past()
    busy: Run | None = None
    for left, moment in zip(range(len(moments), 0, -1), moments, strict=True):
        run = _run(job, moment, dice)
        if busy and busy.finished_at and moment < busy.finished_at and job.overlap_policy == "skip":
            _skip(run, busy)
        else:
            _go(run, temper, dice, now)
            busy = run
        if run.finished_at is None or run.finished_at > now:
            continue  # it would still be at work, and nobody is
        past.runs.append(run)
        past.attempts += _attempts(run)
        past.losses += _losses(run)
        if left <= LOGGED and run.attempt:
            past.logs.append(_log(run))
    return past


def _run(job: Job, moment: datetime, dice: random.Random) -> Run:
    run = make_run(job, moment, now=moment)
    run.id = _id_at(moment, dice)
    return run


def _id_at(moment: datetime, dice: random.Random) -> uuid.UUID:
    """A UUIDv7 of that moment."""
    ends = 0x7 << 76 | dice.getrandbits(12) << 64 | 0b10 << 62 | dice.getrandbits(62)
    return uuid.UUID(int=first_id_at(moment).int | ends)


def _skip(run: Run, earlier: Run) -> None:
    """As if ``earlier`` had been at work when ``run`` was due."""
    at_work = Run(
        state=RunState.RUNNING, scheduled_for=earlier.scheduled_for, started_at=earlier.started_at
    )
    run.reason, run.other_run = f"overlap: {still(at_work, run.scheduled_for)}", earlier.id
    run.state, run.skipped_count = RunState.SKIPPED, 1
    run.finished_at = run.scheduled_for


def _go(run: Run, temper: Temper, dice: random.Random, now: datetime) -> None:
    fails = dice.random() < temper.fails or run.scheduled_for > now - timedelta(
        hours=temper.broken_hours
    )
    limit = timedelta(seconds=run.job.timeout_seconds or 86_400)
    times_out = fails and run.job.timeout_seconds and dice.random() < TIMED_OUT_SHARE
    took = (
        limit
        if times_out
        else min(limit, timedelta(seconds=temper.seconds * dice.lognormvariate(0, temper.spread)))
    )
    retries = int(dice.random() < LOST_SHARE)
    if fails:
        retries = 0 if times_out else run.job.max_retries or 0
    else:
        run.losses = run.worker_losses = retries
    run.attempt, run.publish_count, run.worker = 1 + retries, 1 + retries, dice.choice(WORKERS)
    run.published_at = run.scheduled_for + timedelta(milliseconds=dice.uniform(20, 400))
    run.available_at = run.published_at + retries * (took + PAUSE)
    run.started_at = run.available_at + timedelta(milliseconds=dice.uniform(30, 2500))
    run.finished_at = run.started_at + took
    run.state = RunState.SUCCEEDED
    if times_out:
        _fail(
            run,
            RunState.TIMED_OUT,
            f"TimeLimitExceeded: ran for longer than {limit.total_seconds():.0f} s",
            now,
        )
    elif fails:
        _fail(run, RunState.FAILED, temper.error, now)


def _fail(run: Run, state: RunState, error: str, now: datetime) -> None:
    run.state, run.error, run.failures = state, error, run.attempt
    kind, _, message = error.partition(": ")
    run.fingerprint = fingerprint(run.task, kind, message, None)
    if run.scheduled_for < now - SEEN_AFTER:
        run.resolved_at, run.resolved_by, run.resolution = now, "ana", "discarded: seen"


def _attempts(run: Run) -> Iterator[TaskResult]:
    for number in range(1, run.attempt + 1):
        is_last = number == run.attempt
        failed = run.failures >= number
        outcome = (
            ("succeeded" if not failed else run.state)
            if is_last
            else ("failed" if failed else "lost")
        )
        yield _attempt(run, number, outcome)


def _losses(run: Run) -> Iterator[LostAttempt]:
    """Its first attempts lost their worker, if it lost any."""
    for number in range(1, run.losses + 1):
        lost_at = _attempt(run, number, "lost").date_done
        told = {"worker": run.worker, "cause": Loss.WORKER, "heard_at": lost_at, "lost_at": lost_at}
        yield LostAttempt(run=run, attempt=number, **told)


def _attempt(run: Run, number: int, outcome: str) -> TaskResult:
    assert run.started_at and run.finished_at
    earlier = (run.finished_at - run.started_at + PAUSE) * (run.attempt - number)
    good = outcome == "succeeded"
    attempt = TaskResult(
        task_id=f"{run.id}.{number}", task_name=run.task, periodic_task_name=run.job.name,
        worker=run.worker,
        status=states.SUCCESS if good else states.FAILURE, content_type="application/json",
        content_encoding="utf-8",
        task_args=json.dumps("()"), task_kwargs=json.dumps(json.dumps(run.params)),
        result=json.dumps(_result(run) if good else {"exc_type": run.error.partition(":")[0]}),
        traceback=None if good else "Traceback (most recent call "
                                    f"last):\n{run.error or 'WorkerLostError'}",
        meta=AttemptMeta(run.id, number, outcome=outcome, children=()).text(),
    )  # fmt: skip
    attempt.date_created = attempt.date_started = run.started_at - earlier
    attempt.date_done = run.finished_at - earlier
    return attempt


def _result(run: Run) -> dict[str, Any]:
    return {"rows": run.scheduled_for.toordinal() % 997, **run.params}


def _log(run: Run) -> RunLog:
    assert run.started_at and run.finished_at
    last = f"ERROR {run.error}" if run.error else f"INFO done, {_result(run)['rows']} rows"
    lines = [(run.started_at, f"INFO {run.job.name} begins"), (run.finished_at, last)]
    text = "".join(f"{moment:%Y-%m-%dT%H:%M:%S.000Z} {line}\n" for moment, line in lines)
    return RunLog(run=run, attempt=run.attempt, seq=1, created_at=run.finished_at, text=text)
