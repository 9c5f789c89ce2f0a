"""Who is there to plan and to work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily

from jobs.models import Leader, Scheduler
from jobs.queries.workers import live_workers

OF_A_WORKER = {
    "children_killed": "Pool children killed because they hung",
    "children_replaced": "Pool children replaced for what a run left behind, or because its "
    "job asks for it",
    "junk_messages": "What was no message and was passed over",
    "refused_messages": "Messages that were not ours, or not listed",
}
SHOWN_FOR = timedelta(hours=1)
MOST = 100


def fleet_metrics(now: datetime) -> Iterator[GaugeMetricFamily]:
    """Three queries: schedulers, the lease, the workers.

    A scheduler that went silent is shown for an hour.
    """
    age = GaugeMetricFamily(
        "jobs_scheduler_tick_age_seconds", "Since its loop last came round.", labels=["scheduler"]
    )
    leads = GaugeMetricFamily(
        "jobs_scheduler_leader", "1 of the one that leads.", labels=["scheduler"]
    )
    holders = set(Leader.objects.filter(expires_at__gt=now).values_list("holder", flat=True))
    rows = Scheduler.objects.filter(stopped_at=None, ticked_at__gt=now - SHOWN_FOR).order_by(
        "-ticked_at"
    )[:MOST]
    for row in rows:
        age.add_metric([row.name], max(0.0, (now - row.ticked_at).total_seconds()))
        leads.add_metric([row.name], row.name in holders)
    yield age
    yield leads
    workers = live_workers(now=now).workers
    yield GaugeMetricFamily("jobs_workers", "Live workers.", value=len(workers))
    slots = sum(worker.concurrency for worker in workers)
    yield GaugeMetricFamily(
        "jobs_worker_slots", "Runs that the live workers can do at once.", value=slots
    )
    busy = sum(worker.busy for worker in workers)
    yield GaugeMetricFamily("jobs_worker_slots_busy", "Of these, how many are taken.", value=busy)
    stuck = sum(worker.stuck for worker in workers)
    yield GaugeMetricFamily(
        "jobs_worker_slots_stuck", "Of these, how many are taken and run nothing.", value=stuck
    )
    for field, said in OF_A_WORKER.items():
        family = GaugeMetricFamily(
            f"jobs_worker_{field}", f"{said}, since the worker started.", labels=["worker"]
        )
        for worker in workers[:MOST]:
            family.add_metric([worker.name], getattr(worker, field))
        yield family
