"""A worker's main process without Celery's: real child processes, and the requests that they are
said to work on.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from celery import current_app
from celery.app.task import Context
from celery.worker import state

from jobs.dispatch.messages.message import headers_of
from jobs.dispatch.messages.outgoing import outgoing_of
from jobs.models import Run
from tests.integration.execution.delivery import HERE

BODY = (
    "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); "
    "time.sleep(60)"
)
DEAF = "import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN); "


class Pool:
    """What billiard shows of its children."""

    def __init__(self) -> None:
        self._pool = self
        self.children: list[subprocess.Popen[str]] = []

    def _process_by_pid(self, pid: int) -> tuple[Any, int | None]:
        return next(((p, n) for n, p in enumerate(self.children) if p.pid == pid), (None, None))

    def fork(self, code: str = BODY) -> subprocess.Popen[str]:
        """A child that leads its group and has a grandchild in it, whose pid it has printed."""
        child = subprocess.Popen(
            [sys.executable, "-S", "-c", code], process_group=0, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout
        child.stdout.readline()
        self.children.append(child)
        return child

    def close(self) -> None:
        for child in self.children:
            child.kill()
            child.wait(10)
            if child.stdout:
                child.stdout.close()


class Request:
    """A message in the hands of the main process; ``pid``: the child that has begun with it
    ``since`` seconds.
    """

    def __init__(
        self, run: Run, pid: int | None = None, *, since: float = 0.0, worker: str = HERE
    ) -> None:
        self.worker_pid = pid
        self.task = current_app.tasks.get(run.task)
        self.accepted_at = time.monotonic() - since
        self._context = Context(
            id=run.message_id, task=run.task, hostname=worker, **headers_of(*outgoing_of([run]))
        )


def take(run: Run, pid: int | None = None, **more: Any) -> Request:
    """Have the run's message in hand, and with ``pid`` begun.

    Keep what is returned: Celery's sets hold it weakly.
    """
    request: Any = Request(run, pid, **more)
    state.reserved_requests.add(request)
    if pid is not None:
        state.active_requests.add(request)
    return request
