"""Admission and publishing: which waiting runs get a message now. Mark, commit, then send."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from jobs import conf
from jobs.dispatch.admission import admit, pools_with_room, values_along
from jobs.dispatch.brokers.broker import BROKER_ERRORS, broker_of
from jobs.dispatch.brokers.gate import BrokerUnavailable, QueueRefused, gate
from jobs.dispatch.messages.outgoing import Outgoing, outgoing
from jobs.dispatch.messages.sending import send_marked
from jobs.dispatch.room import Room, room_by_queue
from jobs.isolation import each_by_itself
from jobs.models import Queue, Run

PUBLISH_SECONDS = 0.25


def publish_ready(*, now: datetime, window: int | None = None) -> int:
    """Publish the runs that are due, best rank first, up to ``window`` messages per queue in the
    broker.

    Queues take turns, a batch each. The runs of a pool have a window of their own, whatever their
    queue, and go as the pool admits them. Returns how many were published; after PUBLISH_SECONDS
    the rest waits for another call. A queue or pool whose runs cannot be sent is named in the log,
    and the others go on. Raises BrokerUnavailable, having taken the marks back.
    """
    waiting = set(values_along(Run.objects.ready(now), "queue"))
    if not waiting:
        return 0
    gate.check()
    window, closed = window or conf.get().publish_window, closed_queues()
    published = _publish_in_turns(room_by_queue(waiting - closed, window), now)
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
    closed, ready = closed_queues(), Run.objects.ready(now).filter(pk__in=run_ids)
    with transaction.atomic():
        batch = _mark(ready.filter(pool="").exclude(queue__in=closed))
    send_marked(batch)
    return len(batch) + (
        _publish_pooled(ready.pooled(), closed, now) if len(batch) < len(run_ids) else 0
    )


def paused_queues() -> set[str]:
    """The queues whose runs stay in the database until somebody resumes them."""
    return set(Queue.objects.filter(paused_at__isnull=False).values_list("name", flat=True))


def closed_queues() -> set[str]:
    """Those, and the ones whose messages would reach nobody but workers that are not ours."""
    closed = Queue.objects.filter(Q(paused_at__isnull=False) | Q(held=True))
    return set(closed.values_list("name", flat=True))


def _each(names: Iterable[str], publish: Callable[[str], int], *, what: str) -> int:
    """Publish each for itself. A broker that takes nothing at all is raised: the next one would
    meet it, too.
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


def _publish_in_turns(rooms: dict[str, Room], now: datetime) -> int:
    """A batch of each queue, again and again, until all are empty or full, or the time is over."""
    published, until = 0, time.monotonic() + PUBLISH_SECONDS
    while rooms:
        sent: dict[str, int] = {}

        def publish(queue: str, sent: dict[str, int] = sent, rooms: dict[str, Room] = rooms) -> int:
            sent[queue] = _publish_batch(queue, rooms[queue], now)
            return sent[queue]

        published += _each(rooms, publish, what="queue not published")
        if time.monotonic() >= until:
            break
        rooms = {
            queue: rooms[queue].after(count)
            for queue, count in sent.items()
            if 0 < count < rooms[queue].messages
        }
    return published


def _publish_batch(queue: str, room: Room, now: datetime) -> int:
    batch = _mark_batch(queue, room, now) if room.messages > 0 else []
    send_marked(batch)
    return len(batch)


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
    return sum(run.id in pools for run in admitted)


def _publish_pool(pool: str, window: int, closed: Collection[str], now: datetime) -> list[Outgoing]:
    published: list[Outgoing] = []
    while len(published) < window:
        batch = _mark_admitted(pool, window, closed, now)
        send_marked(batch)
        published += batch
        if len(batch) < conf.get().publish_batch:
            break
    return published


def _mark_admitted(
    pool: str, window: int, closed: Collection[str], now: datetime
) -> list[Outgoing]:
    with transaction.atomic():
        admitted = admit(pool, window=window, closed=closed, now=now)
        return _mark(Run.objects.ready(now).filter(pk__in=admitted)) if admitted else []


def _mark_batch(queue: str, room: Room, now: datetime) -> list[Outgoing]:
    """Those that are next in turn.

    Where there is room for some of them alone, the others keep their place.
    """
    limit = min(room.messages, conf.get().publish_batch)
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


def _mark(ready: QuerySet[Run]) -> list[Outgoing]:
    """Marked as published at the moment of the mark, by the database's clock: a turn may have begun
    seconds ago.
    """
    ids = list(ready.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    if not ids:
        return []
    Run.objects.filter(pk__in=ids).update(published_at=Now(), publish_count=F("publish_count") + 1)
    return outgoing(Run.objects.filter(pk__in=ids).order_by("rank_at", "id"))
