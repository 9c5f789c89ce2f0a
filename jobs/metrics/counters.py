"""Counters by task, from the totals that only grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from django.db.models import Sum
from prometheus_client.core import CounterMetricFamily

from jobs.models import Run, RunState, Total
from jobs.queries.site.rollups import totals

BY_TASK: tuple[tuple[str, str, Callable[[Total], int]], ...] = (
    ("jobs_completed", "Runs that succeeded.", lambda total: total.succeeded),
    (
        "jobs_failed",
        "Runs that failed or timed out, after their last retry.",
        lambda total: total.failed + total.timed_out,
    ),
    (
        "job_retries",
        "Attempts after a run's first one, of runs that are over.",
        lambda total: total.retries,
    ),
    (
        "job_late_starts",
        "Runs that waited for longer than late_seconds to start.",
        lambda total: total.late,
    ),
)


def counters() -> Iterator[CounterMetricFamily]:
    """Two queries."""
    rows = totals()
    yield _counter("jobs_started", "Attempts that were started.", started_by_task().items())
    for name, about, value in BY_TASK:
        yield _counter(name, about, ((total.task, value(total)) for total in rows))
    over = CounterMetricFamily("job_runs", "Runs that are over.", labels=["task", "state"])
    skipped = CounterMetricFamily(
        "jobs_skipped", "Runs that were skipped.", labels=["task", "reason"]
    )
    for total in rows:
        for state in RunState.final():
            over.add_metric([total.task, state.value], getattr(total, state))
        for reason, times in sorted(total.skips.items()) if isinstance(total.skips, dict) else ():
            skipped.add_metric([total.task, reason], times)
    yield over
    yield skipped


def started_by_task() -> Counter[str]:
    """One query, one moment: starts already counted in the totals, and those of runs that are not
    counted yet.
    """
    counted = Total.objects.values_list("task", "attempts")
    uncounted = Run.objects.started_uncounted().values("task").annotate(starts=Sum("attempt"))
    starts: Counter[str] = Counter()
    for task, attempts in counted.union(uncounted.values_list("task", "starts"), all=True):
        starts[task] += attempts
    return starts


def _counter(name: str, about: str, values: Iterable[tuple[str, int]]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, about, labels=["task"])
    for task, value in sorted(values):
        family.add_metric([task], value)
    return family
