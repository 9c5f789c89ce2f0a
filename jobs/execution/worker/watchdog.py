"""Restarts a worker that does nothing while a published run waits in one of its queues: it has gone
deaf.

Liveness is what a worker does, not that it answers: a pool whose processes were all dead has been
seen to answer pings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery.worker import state
from django.db.models import Q
from django.db.models.functions import Now

from jobs import conf
from jobs.execution.isolation.processes import parent_of
from jobs.execution.sidecar.asking import from_database
from jobs.execution.supervision.in_flight import active_requests
from jobs.execution.worker.registration import Registration
from jobs.lifecycle.connections import LIFECYCLE
from jobs.models import Queue, Run, Worker


class Watchdog:
    """At most one restart in ``watchdog_pause_seconds``; the worker's row keeps count across
    them.
    """

    def __init__(self, registration: Registration, restart: Callable[[str], None]) -> None:
        self.registration, self.restart = registration, restart
        self.begun = begun()
        self.idle_since = time.monotonic()

    def run_once(self) -> dict[str, int]:
        if not self._is_idle():
            return {}
        queue = from_database(waiting_queue, self.registration.queues())
        if queue is None or not from_database(may_restart, self.registration.name):
            return {}
        self.restart(queue)
        return {"restarts": 1}

    def _is_idle(self) -> bool:
        """Whether for ``watchdog_seconds`` no task has begun and none has been going on in a child
        that lives.
        """
        now_begun = begun()
        if now_begun != self.begun or any(map(_is_alive, active_requests())):
            self.begun, self.idle_since = now_begun, time.monotonic()
        return time.monotonic() - self.idle_since >= conf.get().watchdog_seconds


def waiting_queue(queues: list[str]) -> str | None:
    """One of these queues, which is open and in which a published run has waited for
    ``watchdog_seconds``.
    """
    paused = Queue.objects.using(LIFECYCLE).filter(paused_at__isnull=False).values("name")
    since = Now() - timedelta(seconds=conf.get().watchdog_seconds)
    waiting = Run.objects.using(LIFECYCLE).in_broker().filter(queue__in=queues)
    found = (
        waiting.filter(published_at__lt=since)
        .exclude(queue__in=paused)
        .values_list("queue", flat=True)[:1]
    )
    return next(iter(found), None)


def may_restart(worker: str) -> bool:
    """Whether the worker's last restart was long enough ago; if so, this one is noted."""
    pause = Now() - timedelta(seconds=conf.get().watchdog_pause_seconds)
    mine = Worker.objects.using(LIFECYCLE).filter(pk=worker)
    return bool(
        mine.filter(Q(restarted_at=None) | Q(restarted_at__lt=pause)).update(restarted_at=Now())
    )


def begun() -> int:
    """How many tasks the pool has begun since the worker started."""
    total: int = state.all_total_count[0]
    return total


def _is_alive(request: Any) -> bool:
    return request.worker_pid is not None and parent_of(request.worker_pid) is not None
