"""Jobs that were written past ``Job.save()``, as by a bulk insert, have no state, and are never
planned without.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jobs.isolation import each_by_itself
from jobs.models import Job, JobState

LIMIT = 500


class Stateless:
    """Gives each its state; one query where all have one.

    What was due before is not accounted for, and was nobody's: from ``updated_at`` on its
    occurrences are compared.
    """

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"jobs planned first": n}."""

        def follow(job: Job) -> int:
            with transaction.atomic():
                Job.objects.filter(pk=job.pk).update(updated_at=now)
                return JobState.objects.follow([(job, None)], now=now)

        jobs = list(Job.objects.filter(state=None)[:LIMIT])
        return {"jobs planned first": sum(each_by_itself(jobs, follow, what="job without a state"))}
