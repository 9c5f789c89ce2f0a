"""Finding published runs whose message is gone, and giving them back to be published again.

A run is suspected when it is queued, was published a while ago, and its message is neither in the
broker's lists nor in a worker's hands. Suspected twice in a row, it is un-marked. A message that
turns up after all is stale by its number.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from celery import current_app

from jobs import conf
from jobs.database.unlocked import unlocked
from jobs.dispatch.brokers.broker import MessageBroker, broker_of
from jobs.models import Run

UNSEEN_AFTER = timedelta(seconds=60)  # for brokers in which messages cannot be looked for
LIMIT = 10_000


class Reconcile:
    """One look at a time; remembers what was missing at the last one."""

    def __init__(self) -> None:
        self.suspects: set[str] = set()

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"lost": n}, the number of runs given back.

        Raises what the broker raises when it is away.
        """
        old = now - timedelta(seconds=conf.get().reconcile_seconds)
        published = (
            Run.objects.in_broker().filter(published_at__lte=old).order_by("published_at")[:LIMIT]
        )
        runs = list(published.only("id", "queue", "publish_count", "published_at"))
        missing = (
            {run.message_id for run in self._missing(broker_of(current_app), runs, now)}
            if runs
            else set()
        )
        lost = [run for run in runs if run.message_id in missing & self.suspects]
        self.suspects = missing
        return {"lost": sum(self._give_back(run) for run in lost)}

    def _missing(self, broker: MessageBroker, runs: list[Run], now: datetime) -> list[Run]:
        counts = Counter(run.queue for run in runs)
        present = broker.present(counts)
        if present is not None:
            return [run for run in runs if run.message_id not in present]
        short = {queue for queue, published in counts.items() if broker.depth(queue) < published}
        return [
            run
            for run in runs
            if run.queue in short and run.published_at and run.published_at <= now - UNSEEN_AFTER
        ]

    def _give_back(self, run: Run) -> int:
        return unlocked(Run.objects.filter(pk=run.pk, publish_count=run.publish_count)).unpublish()
