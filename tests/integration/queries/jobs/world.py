"""Jobs of every status, with names, tasks and tags that a careless search would take for something
else.
"""

from __future__ import annotations

from django.utils import timezone

from jobs.models import JobState
from tests.support.builders import make_job


def make_world() -> None:
    make_job(name="nightly export a", queue="reports")
    make_job(name="a-nightly", enabled=False, tags=["fin"])
    make_job(name="invoices", task="LogTask", params={"message": "x"}, tags=["billing", "fin"])
    make_job(name="100%_done", tags=["[odd]", "a,b"])
    make_job(name="100 done")
    make_job(name="back\\slash", tags=['with "quotes"'])
    make_job(name="ünïcode", tags=["é"])
    make_job(name="it's one", schedule="@manual")
    make_job(name="a broken one", schedule="0 25 * * *")
    JobState.objects.filter(job=make_job(name="paused and broken", enabled=False)).update(
        schedule_error="cannot be read"
    )
    make_job(name="gone nightly", enabled=False, archived_at=timezone.now())
