"""Admission and publishing: which waiting runs get a message now. Mark, commit, then send."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.db.models import Count, F, QuerySet

from jobs import conf, events
from jobs.dispatch import message
from jobs.dispatch.broker import BROKER_ERRORS, Broker
from jobs.models import Queue, Run

logger = logging.getLogger(__name__)


class BrokerUnavailable(Exception):
    """The broker took nothing; the runs are unpublished again and wait in the database."""


def publish_ready(*, now: datetime, window: int | None = None) -> int:
    """Publish the runs that are due, best rank first, up to ``window`` messages per queue in the broker.

    Returns how many were published. Raises BrokerUnavailable, having taken the marks back.
    """
    published = 0
    for queue, room in _room_by_queue(now, window or conf.get().publish_window).items():
        published += _publish_queue(queue, room, now)
    return published


def publish_runs(run_ids: Sequence[uuid.UUID], *, now: datetime) -> int:
    """Publish these runs at once if they are ready and their queues open, whatever the window; returns how many.

    Raises BrokerUnavailable, having taken the marks back: the scheduler publishes them when the broker is back.
    """
    with transaction.atomic():
        batch = _mark(Run.objects.ready(now).filter(pk__in=run_ids).exclude(queue__in=paused_queues()), now)
    _send(batch)
    return len(batch)


def paused_queues() -> set[str]:
    """The queues whose runs stay in the database until somebody resumes them."""
    return set(Queue.objects.filter(paused_at__isnull=False).values_list("name", flat=True))


def _publish_queue(queue: str, room: int, now: datetime) -> int:
    published = 0
    while published < room and (batch := _mark_batch(queue, min(room - published, conf.get().publish_batch), now)):
        _send(batch)
        published += len(batch)
    return published


def _room_by_queue(now: datetime, window: int) -> dict[str, int]:
    waiting = set(_waiting_queues(now))
    if waiting:
        waiting -= paused_queues()
    counts = Run.objects.in_broker().filter(queue__in=waiting).values_list("queue").annotate(n=Count("id"))
    in_broker = Counter(dict(counts)) if waiting else Counter()
    return {queue: window - in_broker[queue] for queue in sorted(waiting)}


def _waiting_queues(now: datetime) -> Iterator[str]:
    """Hop from queue to queue along the index: the cost is the number of queues, not of the runs that wait."""
    ready = Run.objects.ready(now).order_by("queue").values_list("queue", flat=True)
    queue = ready.first()
    while queue is not None:
        yield queue
        queue = ready.filter(queue__gt=queue).first()


def _mark_batch(queue: str, limit: int, now: datetime) -> list[Run]:
    with transaction.atomic():
        return _mark(Run.objects.ready(now).filter(queue=queue).order_by("rank_at", "id")[:limit], now)


def _mark(ready: QuerySet[Run], now: datetime) -> list[Run]:
    ids = list(ready.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    Run.objects.filter(pk__in=ids).update(published_at=now, publish_count=F("publish_count") + 1)
    return list(Run.objects.filter(pk__in=ids).select_related("job").order_by("rank_at", "id"))


def _send(batch: Sequence[Run]) -> None:
    if not batch:
        return
    began_ns, broker = time.time_ns(), Broker(current_app)
    try:
        with broker.batch_producer(len(batch)) as producer:
            message.send(broker, producer, batch)
    except BROKER_ERRORS as error:
        _unmark(batch)
        raise BrokerUnavailable(_said(error)) from error
    events.runs_published.send_robust(Run, runs=batch, began_ns=began_ns)
    if logger.isEnabledFor(logging.DEBUG):
        _log(batch)


def _log(batch: Sequence[Run]) -> None:
    for run in batch:
        about = {"run_id": str(run.id), "job": run.job.name, "task": run.task, "attempt": run.attempt + 1}
        logger.debug("run published", extra=about)


def _unmark(batch: Sequence[Run]) -> None:
    """Take the marks back. Part of a batch may be out all the same: the next mark makes those messages stale."""
    Run.objects.filter(pk__in=[run.pk for run in batch]).unpublish()


def _said(error: BaseException) -> str:
    """The error in words; kombu's batch error has none of its own, the broker's lies behind it."""
    return str(error) or (_said(error.__cause__) if error.__cause__ else type(error).__name__)
