"""How long runs waited and took: by task, and durations by job where there are few enough jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import HistogramMetricFamily

from jobs import conf
from jobs.isolation import by_itself
from jobs.models import JobTotal, Tally, Total
from jobs.models.stats.histogram import ROUND_MS, Histogram, up_to
from jobs.queries.site.rollups import totals

BOUNDS = [*(str(bound / 1000) for bound in ROUND_MS), "+Inf"]


def histograms() -> Iterator[HistogramMetricFamily]:
    """Two queries."""
    rows = totals()
    lag = HistogramMetricFamily(
        "job_start_lag_seconds",
        "From the moment a run might start to its last start.",
        labels=["task"],
    )
    for total in rows:
        _add(lag, [total.task], total.wait_histogram, total.wait_ms)
    yield lag
    took = HistogramMetricFamily(
        "job_duration_seconds", "From a run's last start to its end.", labels=["task", "job"]
    )
    for task, job, tally in _by_job() or _by_task(rows):
        _add(took, [task, job], tally.duration_histogram, tally.duration_ms)
    yield took


def _add(
    family: HistogramMetricFamily, labels: Sequence[str], histogram: Histogram, total_ms: int
) -> None:
    """One that cannot be read is left out, and the log says so."""

    def add(histogram: Histogram) -> None:
        family.add_metric(labels, _cumulative(histogram), total_ms / 1000)

    by_itself(histogram, add, what=f"{family.name} of {' '.join(labels)}")


def _by_job() -> list[tuple[str, str, Tally]]:
    """Every job's; none if they are more than ``metrics_most_jobs``."""
    most = conf.get().metrics_most_jobs
    jobs = JobTotal.objects.filter(job__archived_at=None).select_related("job").order_by("job_id")
    rows = list(
        jobs.only("duration_histogram", "duration_ms", "job__name", "job__task")[: most + 1]
    )
    return [(row.job.task, row.job.name, row) for row in rows] if len(rows) <= most else []


def _by_task(rows: Sequence[Total]) -> list[tuple[str, str, Tally]]:
    return [(total.task, "", total) for total in rows]


def _cumulative(histogram: Histogram) -> list[tuple[str, float]]:
    return list(zip(BOUNDS, map(float, up_to(histogram)), strict=True))
