"""Workers that are none of ours and take messages of runs, which they cannot execute and drop.

They are looked for when messages vanish. A queue that one consumes is marked until it has gone, for
the alert and for `why`. While only such workers consume it, nothing is sent there: a run would go
round between sending and losing for ever.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from celery import current_app

from jobs.dispatch.brokers.answering import Consumer
from jobs.dispatch.brokers.broker import broker_of
from jobs.maintenance.alerts import raise_alert
from jobs.models import AlertKind, Queue, Run
from jobs.queries.attention.alerts import taken_sentence
from jobs.queries.workers import live_workers

TIMES = 3  # so often the messages of one run vanish before somebody unseen is held to take them
UNSEEN_KEPT = timedelta(minutes=10)
MOST_RUNS = 10_000
AND, SHOWN = ", ", 500


class Strangers:
    """``queues`` are those that are marked, as of the last look."""

    def __init__(self) -> None:
        self.queues: set[str] = set()
        self._vanished: Counter[uuid.UUID] = Counter()

    def look(self, lost: Sequence[Run], *, now: datetime) -> None:
        """``lost`` are the runs whose messages have just been found missing. One query while there
        are none and no queue is marked; otherwise all workers are asked.
        """
        marked = {row.name: row for row in Queue.objects.filter(taken_at__isnull=False)}
        if lost or marked:
            self._mark({run.queue for run in lost}, self._unseen(lost), marked, now)
            marked = {row.name: row for row in Queue.objects.filter(taken_at__isnull=False)}
        self.queues = set(marked)

    def let_go(self, *, now: datetime) -> dict[str, int]:
        """Open the queues that a worker of ours has come to consume."""
        if not (held := list(Queue.objects.filter(held=True))):
            return {}
        fleet = live_workers(now=now)
        attended = [
            row.name
            for row in held
            if {worker.name for worker in fleet.consumers(row.name)} - set(row.taken_by.split(AND))
        ]
        return {"queues opened": Queue.objects.filter(name__in=attended).update(held=False)}

    def _unseen(self, lost: Sequence[Run]) -> set[str]:
        """The queues in which some worker takes messages, whether it answers or not."""
        if len(self._vanished) > MOST_RUNS:
            self._vanished.clear()
        self._vanished.update(run.pk for run in lost)
        return {run.queue for run in lost if self._vanished[run.pk] >= TIMES}

    def _mark(
        self, lost: set[str], unseen: set[str], marked: Mapping[str, Queue], now: datetime
    ) -> None:
        found = _by_queue(broker_of(current_app).consumers())
        fleet = live_workers(now=now)
        for queue in sorted(lost | set(marked)):
            ours = {consumer.name for consumer in found[queue] if consumer.is_ours}
            others = {consumer.name for consumer in found[queue] if not consumer.is_ours}
            known = {worker.name for worker in fleet.consumers(queue)}
            is_ours = bool(ours or known - others)
            if others or queue in unseen:
                _note(queue, others, is_held=not is_ours, now=now)
            elif _is_over(marked.get(queue), now):
                Queue.objects.filter(name=queue).update(taken_at=None, taken_by="", held=False)


def _by_queue(consumers: Iterable[Consumer]) -> Mapping[str, list[Consumer]]:
    found: dict[str, list[Consumer]] = defaultdict(list)
    for consumer in consumers:
        found[consumer.queue].append(consumer)
    return found


def _note(queue: str, others: set[str], *, is_held: bool, now: datetime) -> None:
    told = AND.join(sorted(others))[:SHOWN]
    marks = {"taken_at": now, "taken_by": told, "held": is_held}
    Queue.objects.update_or_create(name=queue, defaults=marks)
    sentence = taken_sentence(queue, told, held=is_held)
    raise_alert(AlertKind.TAKEN, sentence, subject=queue, now=now)


def _is_over(row: Queue | None, now: datetime) -> bool:
    """A worker that answered has gone when it no longer does; of others, only time tells."""
    if row is None or row.taken_at is None:
        return False
    return bool(row.taken_by) or row.taken_at <= now - UNSEEN_KEPT
