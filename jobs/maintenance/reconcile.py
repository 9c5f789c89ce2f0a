"""Finding published runs whose message is gone, and giving them back to be published again.

A run is suspected when it is queued, was published a while ago, and its message is neither in the
broker's lists nor in a worker's hands. Suspected twice in a row, it is un-marked. A message that
turns up after all is stale by its number. Once a message is missing, the next looks are close
together, but a run is not given back before a worker would have said that it holds the message.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from celery import current_app
from django.db.models import QuerySet

from jobs import conf
from jobs.database.unlocked import unlocked
from jobs.dispatch.brokers.broker import MessageBroker, broker_of
from jobs.maintenance.strangers import Strangers
from jobs.models import Run

UNSEEN_AFTER = timedelta(seconds=60)  # for brokers in which messages cannot be looked for
UNSEEN_SOONER = timedelta(seconds=20)
LIMIT, LONG = 10_000, timedelta(days=1)


class Look:
    """One of a row; remembers since when what was missing at the last one has been.

    ``unseen_after`` is for brokers in which messages cannot be looked for. ``queues`` are those of
    the suspects.
    """

    def __init__(self, unseen_after: timedelta) -> None:
        self.unseen_after = unseen_after
        self.suspects: dict[str, datetime] = {}
        self.queues: set[str] = set()

    def lost(
        self, published: QuerySet[Run], now: datetime, *, after: timedelta = timedelta()
    ) -> list[Run]:
        """Those that are missing at the second look or a later one, ``after`` the first."""
        first = published.order_by("published_at")[:LIMIT]
        runs = list(first.only("id", "queue", "publish_count", "published_at"))
        missing = self._missing(broker_of(current_app), runs, now) if runs else []
        known = self.suspects
        lost = [run for run in missing if now - known.get(run.message_id, now + LONG) >= after]
        self.suspects = {run.message_id: known.get(run.message_id, now) for run in missing}
        self.queues = {run.queue for run in missing}
        return lost

    def _missing(self, broker: MessageBroker, runs: list[Run], now: datetime) -> list[Run]:
        counts = Counter(run.queue for run in runs)
        present = broker.present(counts)
        if present is not None:
            return [run for run in runs if run.message_id not in present]
        short = {queue for queue, published in counts.items() if broker.depth(queue) < published}
        before = now - self.unseen_after
        return [
            run
            for run in runs
            if run.queue in short and run.published_at and run.published_at <= before
        ]


class Reconcile:
    """Two rows of looks: at all queues, and more often at those where messages are missing or
    known to be taken by others.
    """

    def __init__(self) -> None:
        self.strangers = Strangers()
        self._all, self._close = Look(UNSEEN_AFTER), Look(UNSEEN_SOONER)

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"lost": n}, the number of runs given back.

        Raises what the broker raises when it is away.
        """
        old = now - min(timedelta(seconds=conf.get().reconcile_seconds), _held_on_to())
        lost = self._all.lost(Run.objects.in_broker().filter(published_at__lte=old), now)
        return {"lost": self._give_back(lost, now)}

    def look_closer(self, *, now: datetime) -> dict[str, int]:
        """The same for such queues, as soon as a worker of ours would have said that it holds on to
        a message. No query while there are none.
        """
        if not (queues := self.strangers.queues | self._all.queues):
            self._close.suspects.clear()
            return {}
        opened = self.strangers.let_go(now=now)
        published = Run.objects.in_broker().filter(queue__in=queues)
        lost = self._close.lost(published, now, after=_held_on_to())
        return {"lost": self._give_back(lost, now) if lost else 0, **opened}

    def _give_back(self, lost: list[Run], now: datetime) -> int:
        """Whoever takes them is looked for first: what is given back is sent at once."""
        try:
            self.strangers.look(lost, now=now)
        finally:
            given = sum(map(_give_back, lost))
        return given


def _held_on_to() -> timedelta:
    """After this, a worker of ours has said that it has a message in its hands."""
    return timedelta(seconds=conf.get().holding_seconds + 1)


def _give_back(run: Run) -> int:
    return unlocked(Run.objects.filter(pk=run.pk, publish_count=run.publish_count)).unpublish()
