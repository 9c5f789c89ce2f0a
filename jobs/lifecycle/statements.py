"""The statements of a run that succeeds: its run and its attempt, at the claim and at the end."""

from __future__ import annotations

import json
from typing import Any

from celery import states
from django.db.models import CharField, DurationField, IntegerField, Q, TextField, UUIDField
from django.db.models.functions import Cast, Now
from django_celery_results.models import TaskResult

from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.prepared import (
    GuardedPair,
    Prepared,
    PreparedRow,
    prepared_insert,
    prepared_update,
    slot,
)
from jobs.lifecycle.rows import ClaimableRun, columns_of
from jobs.models import Run, RunState


def _runs(target: RunState) -> Any:
    """The run of a message, where ``target`` may be entered."""
    return Run.objects.using(LIFECYCLE).filter(
        pk=slot("run", UUIDField()),
        publish_count=slot("publish", IntegerField()),
        state__in=RunState.before(target),
    )


CLAIMABLE = PreparedRow(
    lambda: Run.objects.using(LIFECYCLE).filter(
        pk=slot("run", UUIDField()), publish_count=slot("publish", IntegerField())
    ),
    row=ClaimableRun,
    columns=columns_of(ClaimableRun),
)
# A message of a run that was un-marked is stale as well: its slot in a pool may be another run's by
# now. A timeout of None makes the deadline NULL; the cast tells PostgreSQL what kind of NULL it is
# added to.
TAKE_RUN = Prepared(
    lambda: prepared_update(
        _runs(RunState.RUNNING)
        .filter(
            task=slot("task", CharField()),
            published_at__isnull=False,
            available_at__lte=Now(),
            cancel_requested_at=None,
        )
        .filter(Q(start_by=None) | Q(start_by__gt=Now()) | Q(attempt__gt=0)),
        state=RunState.RUNNING,
        attempt=slot("attempt", IntegerField()),
        worker=slot("worker", CharField()),
        started_at=Now(),
        lease_expires_at=Now() + slot("lease", DurationField()),
        deadline_at=Now() + Cast(slot("timeout", DurationField()), DurationField()),
        reason="",
        progress=None,
    )
)
BEGIN_ATTEMPT = Prepared(
    lambda: prepared_insert(
        TaskResult(
            task_id=slot("task_id", CharField()),
            task_name=slot("task", CharField()),
            periodic_task_name=slot("job_name", CharField()),
            status=states.STARTED,
            worker=slot("attempt_worker", CharField()),
            date_created=Now(),
            date_started=Now(),
            date_done=Now(),
            task_args=json.dumps("()"),
            task_kwargs=slot("task_kwargs", TextField()),
            content_type="application/json",
            content_encoding="utf-8",
            meta=slot("meta", TextField()),
        )
    )
)
RUN_SUCCEEDED = Prepared(
    lambda: prepared_update(
        _runs(RunState.SUCCEEDED).filter(worker=slot("worker", CharField())),
        state=RunState.SUCCEEDED,
        finished_at=Now(),
        lease_expires_at=None,
        deadline_at=None,
        error="",
        reason=slot("reason", CharField()),
    )
)
END_ATTEMPT = Prepared(
    lambda: prepared_update(
        TaskResult.objects.using(LIFECYCLE).filter(task_id=slot("task_id", CharField())),
        status=slot("status", CharField()),
        result=slot("result", TextField()),
        traceback=slot("traceback", TextField()),
        date_done=Now(),
        meta=slot("meta", TextField()),
    )
)
# The claim, and the end of a run that succeeded.
START = GuardedPair(TAKE_RUN, BEGIN_ATTEMPT)
SUCCEED = GuardedPair(RUN_SUCCEEDED, END_ATTEMPT)
