"""Stopping a worker: nothing new is taken, what runs may finish within the grace time, the rest is
released.

Celery's warm shutdown (SIGTERM, Ctrl-C) does the first two without a limit; this thread sets the
limit. Celery's own limit, its soft shutdown, sleeps the whole time inside the signal handler and
was seen to break a pool that was forking.
"""

from __future__ import annotations

import threading
from typing import Any

from jobs import conf
from jobs.execution.isolation.processes import kill_group
from jobs.execution.outcome import outcomes
from jobs.execution.supervision.in_flight import active_requests, at_work, take_away
from jobs.services import THREAD_PREFIX

AGAIN_SECONDS = 0.5


class Grace(threading.Thread):
    """Waits for the stop to begin, then for the grace time, then releases what is left until the
    worker is gone.
    """

    def __init__(self, worker: Any) -> None:
        super().__init__(name=f"{THREAD_PREFIX}grace", daemon=True)
        self.worker = worker
        self.begun = threading.Event()
        self.gone = threading.Event()

    def run(self) -> None:
        self.begun.wait()
        if self.gone.wait(conf.get().stop_grace_seconds):
            return
        while True:
            self.release_all()
            if self.gone.wait(AGAIN_SECONDS):
                return

    def release_all(self) -> None:
        """Take the runs away from their pool children and give them back to their queues; plain
        tasks just end.
        """
        for work in at_work():
            take_away(self.worker.pool, work, outcomes.release())
        for request in active_requests():
            kill_group(self.worker.pool, request.worker_pid)
