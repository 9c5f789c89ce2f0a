"""Admission and publishing: which waiting runs get a message now. Mark, commit, then send."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from jobs import conf, events
from jobs.dispatch import message
from jobs.dispatch.admission import admit, pools_with_room, values_along
from jobs.dispatch.brokers.broker import BROKER_ERRORS, broker_of
from jobs.dispatch.brokers.gate import BrokerUnavailable, QueueRefused, gate
from jobs.dispatch.room import Room, room_by_queue
from jobs.isolation import each_by_itself
from jobs.models import Queue, Run

logger = logging.getLogger(__name__)


def publish_ready(*, now: datetime, window: int | None = None) -> int:
    """Publish the runs that are due, best rank first, up to ``window`` messages per queue in the
    broker.

    The runs of a pool have a window of their own, whatever their queue, and go as the pool admits
    them. Returns how many were published. A queue or pool whose runs cannot be sent is named in the
    log, and the others go on. Raises BrokerUnavailable, having taken the marks back.
    """
    waiting = set(values_along(Run.objects.ready(now), "queue"))
    if not waiting:
        return 0
    gate.check()
    window, closed = window or conf.get().publish_window, paused_queues()
    rooms = room_by_queue(waiting - closed, window)
    published = _each(
        rooms, lambda queue: _publish_queue(queue, rooms[queue], now), what="queue not published"
    )
    pools = pools_with_room(now=now)
    return published + _each(
        pools, lambda pool: len(_publish_pool(pool, window, closed, now)), what="pool not published"
    )


def publish_runs(run_ids: Sequence[uuid.UUID], *, now: datetime) -> int:
    """Publish these runs at once if they are ready and their queues open, whatever the window;
    returns how many.

    Those of a pool only as it is their turn, with whatever the pool admits before them. Raises
    BrokerUnavailable, having taken the marks back: the scheduler publishes them when the broker is
    back.
    """
    gate.check()
    closed, ready = paused_queues(), Run.objects.ready(now).filter(pk__in=run_ids)
    with transaction.atomic():
        batch = _mark(ready.filter(pool="").exclude(queue__in=closed))
    _send(batch)
    return len(batch) + (
        _publish_pooled(ready.pooled(), closed, now) if len(batch) < len(run_ids) else 0
    )


def paused_queues() -> set[str]:
    """The queues whose runs stay in the database until somebody resumes them."""
    return set(Queue.objects.filter(paused_at__isnull=False).values_list("name", flat=True))


def _each(names: Iterable[str], publish: Callable[[str], int], *, what: str) -> int:
    """Publish each for itself.

    A broker that takes nothing at all is raised: the next one would meet it, too.
    """

    def attempt(name: str) -> int:
        try:
            return publish(name)
        except BrokerUnavailable as error:
            if _takes_messages():
                raise QueueRefused(str(error)) from error
            raise

    return sum(each_by_itself(names, attempt, what=what, through=(BrokerUnavailable,)))


def _takes_messages() -> bool:
    try:
        broker_of(current_app).try_write()
    except BROKER_ERRORS:
        return False
    return True


def _publish_queue(queue: str, room: Room, now: datetime) -> int:
    published = 0
    while published < room.messages and (
        batch := _mark_batch(queue, room, room.messages - published, now)
    ):
        _send(batch)
        published += len(batch)
    return published


def _publish_pooled(ready: QuerySet[Run], closed: Collection[str], now: datetime) -> int:
    """Let the pools of these runs admit what they have room for; returns how many of these were
    among it.
    """
    pools = dict(ready.values_list("pk", "pool"))
    window = conf.get().publish_window
    admitted = [
        run
        for pool in sorted(set(pools.values()))
        for run in _publish_pool(pool, window, closed, now)
    ]
    return sum(run.pk in pools for run in admitted)


def _publish_pool(pool: str, window: int, closed: Collection[str], now: datetime) -> list[Run]:
    published: list[Run] = []
    while len(published) < window:
        batch = _mark_admitted(pool, window, closed, now)
        _send(batch)
        published += batch
        if len(batch) < conf.get().publish_batch:
            break
    return published


def _mark_admitted(pool: str, window: int, closed: Collection[str], now: datetime) -> list[Run]:
    with transaction.atomic():
        admitted = admit(pool, window=window, closed=closed, now=now)
        return _mark(Run.objects.ready(now).filter(pk__in=admitted)) if admitted else []


def _mark_batch(queue: str, room: Room, left: int, now: datetime) -> list[Run]:
    """Those that are next in turn.

    Where there is room for some of them alone, the others keep their place.
    """
    limit = min(left, conf.get().publish_batch)
    with transaction.atomic():
        first = (
            Run.objects.ready(now).filter(queue=queue, pool="").order_by("rank_at", "id")[:limit]
        )
        if not room.floor:
            return _mark(first)
        ahead = [
            pk for pk, priority in first.values_list("pk", "priority") if room.admits(priority)
        ]
        return _mark(Run.objects.ready(now).filter(pk__in=ahead)) if ahead else []


def _mark(ready: QuerySet[Run]) -> list[Run]:
    """Marked as published at the moment of the mark, by the database's clock: a turn may have begun
    seconds ago.
    """
    ids = list(ready.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    Run.objects.filter(pk__in=ids).update(published_at=Now(), publish_count=F("publish_count") + 1)
    return list(Run.objects.filter(pk__in=ids).select_related("job").order_by("rank_at", "id"))


def _send(batch: Sequence[Run]) -> None:
    if not batch:
        return
    began_ns, broker = time.time_ns(), broker_of(current_app)
    try:
        with broker.batch_producer(len(batch)) as producer:
            message.send_runs(broker, producer, batch)
    except BROKER_ERRORS as error:
        gate.is_doubtful = True
        _unmark(batch)
        raise BrokerUnavailable(error) from error
    events.runs_published.send_robust(Run, runs=batch, began_ns=began_ns)
    if logger.isEnabledFor(logging.DEBUG):
        _log(batch)


def _log(batch: Sequence[Run]) -> None:
    for run in batch:
        about = {
            "run_id": str(run.id),
            "job": run.job.name,
            "task": run.task,
            "attempt": run.attempt + 1,
        }
        logger.debug("run published", extra=about)


def _unmark(batch: Sequence[Run]) -> None:
    """Take the marks back.

    Part of a batch may be out all the same: the next mark makes those messages stale.
    """
    Run.objects.filter(pk__in=[run.pk for run in batch]).unpublish()
