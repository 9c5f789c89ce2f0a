"""One-off work: a call of a task is a run without a schedule, of the job that holds all calls of
that task.

Its time limit, retries, pool and retention are that job's, which is made with the first call and
belongs to the operators. The run is part of the caller's transaction, and sent after it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from jobs.access import audit
from jobs.actions.masking.references import refuse_unfit
from jobs.actions.runs.run import publish_committed
from jobs.declaring.binding import bound_to, explicit_fields
from jobs.declaring.made import MAKER
from jobs.dispatch.occurrences import make_run, write_runs
from jobs.errors import DomainError, NameTaken
from jobs.importers.planning.ownership import CALLS
from jobs.models import Job, JobState, OverlapPolicy, Run, Trigger
from jobs.models.run import rank
from jobs.moments import read_moment
from jobs.params import registry
from jobs.params.checks import check_params

ABOUT = "Each call of the task by a program is a run of this job."


@dataclass(frozen=True)
class CallOptions:
    """``eta``: not before. ``queue`` and ``priority``: the signature's, else the job's.
    ``expires``: how long after ``eta``, or until when, it may start. ``key``: a second call with
    the same one is the first one's run.
    """

    eta: datetime | None = None
    queue: str = ""
    priority: int | None = None
    expires: timedelta | datetime | None = None
    key: str = ""


def call_task(
    task: Any,
    params: Mapping[str, Any] | None,
    options: CallOptions,
    *,
    now: datetime,
    what: str = "",
) -> Run:
    """The run of this call, of the job that holds the calls of ``what``: the task itself, unless it
    only hands over. Raises InvalidParams, UnknownTask, or DomainError for what a run cannot keep.
    """
    bound = bound_to(task)
    if params is not None and bound["params"]:
        raise DomainError("are given twice, by the signature and by name", field="params")
    if "timeout_seconds" in bound:
        raise DomainError("is set for all calls of a task, in their job", field="time_limit")
    given = dict(bound["params"] if params is None else params)
    check_params(bound["task"], given)
    job = _job_of_calls(bound["task"], what or bound["task"], now)
    refuse_unfit(job, given)
    run = _run_of(job, given, _merged(options, task, bound), now)
    return _write_call(run, now)


def _merged(options: CallOptions, task: Any, bound: Mapping[str, Any]) -> CallOptions:
    """With what the signature itself says."""
    said = explicit_fields(task)
    expires = options.expires
    if expires is None and "ends_at" in bound:
        expires = read_moment(bound["ends_at"])
    elif expires is None and "start_deadline_seconds" in bound:
        expires = timedelta(seconds=bound["start_deadline_seconds"])
    return CallOptions(
        eta=options.eta,
        queue=options.queue or (bound["queue"] if "queue" in said else ""),
        priority=bound["priority"]
        if options.priority is None and "priority" in said
        else options.priority,
        expires=expires,
        key=options.key,
    )


def _run_of(job: Job, params: dict[str, Any], options: CallOptions, now: datetime) -> Run:
    key = f"c:{options.key or uuid.uuid4()}"
    due = max(options.eta or now, now)
    run = make_run(job, due, now=now, trigger=Trigger.API, key=key, params=params)
    run.queue = options.queue or run.queue
    if options.priority is not None:
        run.priority = options.priority
        run.rank_at = rank(run.available_at, run.priority)
    if isinstance(options.expires, timedelta):
        run.start_by = run.available_at + options.expires
    elif options.expires:
        run.start_by = options.expires
    return run


def _write_call(run: Run, now: datetime) -> Run:
    """Nobody waits for anybody: only where an operator has given the job an overlap policy are its
    calls written one after another.
    """
    with transaction.atomic():
        if run.job.overlap_policy != OverlapPolicy.ALLOW:
            JobState.objects.lock(run.job)
        write_runs([run], now=now)
    written = Run.objects.get(job=run.job, occurrence_key=run.occurrence_key)
    if written.pk == run.pk:
        publish_committed(written, now)
    return written


def _job_of_calls(task: str, what: str, now: datetime) -> Job:
    source = f"{CALLS}{what}"
    if job := Job.objects.filter(source=source, archived_at=None).first():
        return job
    # Without params, which every call has its own of: run now, it asks for them.
    job = Job(name=f"Calls of {what}"[:200], task=task, schedule="@manual", source=source)
    job.created_at, job.description = now, ABOUT
    job.queue = registry.queue_of(task) or job.queue
    try:
        with transaction.atomic():
            job.save_at(now, None, force_insert=True)
            after = audit.row_snapshot(job)
            audit.record(MAKER, audit.Verb.CREATE_JOB, job, now=now, after=after)
    except IntegrityError:
        # Another transaction has made it in the meantime, unless the name is another job's.
        if made := Job.objects.filter(source=source, archived_at=None).first():
            return made
        raise NameTaken(f"another job already has the name {job.name!r}", field="name") from None
    return job
