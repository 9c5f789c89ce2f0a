"""What nobody tells of by ending: deadlines that pass, and runs that go on for too long."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from django.db.models import Exists, OuterRef

from jobs.isolation import each_by_itself
from jobs.maintenance.expectations.deadlines import judge_deadlines
from jobs.maintenance.expectations.lengths import Usual, too_slow
from jobs.models import Miss, MissKind, Run, RunState

MOST_RUNNING = 5_000


def check_expectations(*, now: datetime) -> dict[str, int]:
    """Returns {"expectations missed": n}; two queries while all is as expected."""
    return {"expectations missed": judge_deadlines(now) + _note_slow(now)}


def _note_slow(now: datetime) -> int:
    """Runs at work for longer than their jobs expect, and not known as such: bounded by what
    runs.
    """
    known = Miss.objects.filter(run=OuterRef("pk"), kind=MissKind.SLOW)
    running = Run.objects.filter(
        state=RunState.RUNNING, job__longest_run__gt="", started_at__isnull=False
    )
    rows = running.exclude(Exists(known)).order_by("id").select_related("job__health")
    runs = list(rows.defer("params", "job__params", "job__metadata")[:MOST_RUNNING])

    def judge(run: Run) -> list[Miss]:
        health = run.job.health
        usual = Usual(run.job.longest_run, "", health.p95_ms, health.recent)
        assert run.started_at is not None
        verdict = too_slow(usual, run.started_at, now, is_running=True)
        return [verdict.miss(run, now=now)] if verdict else []

    misses = list(chain.from_iterable(each_by_itself(runs, judge, what="run not judged")))
    Miss.objects.bulk_create(misses, ignore_conflicts=True, batch_size=500)
    return len(misses)
