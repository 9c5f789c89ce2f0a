"""Delete a run that is over before its time, as when its log holds what it should not."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django_celery_results.models import TaskResult

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.models import BackfillState, Run, RunState
from jobs.models.run import message_id

logger = logging.getLogger(__name__)

KEPT = ("scheduled_for", "trigger", "state", "started_at", "finished_at", "worker", "attempt")


def delete_run(run: Run, *, actor: Actor, reason: str = "", now: datetime) -> None:
    """Delete the run with its attempts and logs, for good.

    Its occurrence does not come again, and counts stay.

    Raises DomainError for one that is not over, not counted yet, or of a backfill that goes on.
    """
    actor.require("beatwright.delete_run", run.job)
    told = audit.row_snapshot(run)
    with transaction.atomic():
        over = Run.objects.filter(pk=run.pk, state__in=RunState.final(), rolled_up=True)
        _, gone = over.exclude(backfill__state=BackfillState.RUNNING).delete()
        if not gone.get(Run._meta.label):
            raise DomainError(
                "can be deleted only after it has finished and been counted; try again in a "
                "few seconds",
                field="run",
            )
        ids = [message_id(run.pk, number) for number in range(1, run.publish_count + 1)]
        TaskResult.objects.filter(task_id__in=ids).delete()
        before = {name: told[name] for name in KEPT}
        audit.record(
            actor, audit.Verb.DELETE_RUN, run, now=now, before=before, after={}, reason=reason
        )
    logger.info(
        "run deleted", extra={"run_id": str(run.pk), "job": run.job.name, "actor": actor.name}
    )
