"""Letting go of runs that wait for an earlier one which is over: the net below those who end
runs.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from jobs.dispatch.overlap import release_waiting
from jobs.models import JobState, Run, RunState

logger = logging.getLogger(__name__)

LIMIT = 1_000


class Unblock:
    """Whoever ends a run lets the next one go; this finds those whose predecessor ended at that
    very moment.
    """

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"released": n}, the number of runs queued."""
        try:
            with transaction.atomic():
                return {"released": release_waiting()}
        except IntegrityError:
            # Somebody started another run of one of these jobs meanwhile: one by one, so that only
            # that one waits on.
            return {"released": sum(map(_release, _waiting_jobs()))}


def _waiting_jobs() -> list[uuid.UUID]:
    waiting = Run.objects.filter(state=RunState.BLOCKED, exclusive=True, backfill=None)
    return list(waiting.values_list("job_id", flat=True)[:LIMIT])


def _release(job_id: uuid.UUID) -> int:
    try:
        with transaction.atomic():
            JobState.objects.select_for_update(no_key=True).filter(pk=job_id).first()
            return release_waiting([job_id])
    except IntegrityError:
        logger.info(
            "run waits on: another run of its job has just begun", extra={"job_id": str(job_id)}
        )
        return 0
