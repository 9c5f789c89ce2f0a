"""Tasks that write down when they began and ended, in a file that only grows: a witness apart from
the database.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any, Self

from celery import Task, shared_task

SLICE_SECONDS = 0.05


@shared_task(name="FaultNote", bind=True)
def note(self: Task[..., Any], seconds: float = 0.0) -> None:
    """Begin, wait in slices, end."""
    with Journal(self):
        _wait(seconds)


@shared_task(
    name="FaultStorm",
    bind=True,
    autoretry_for=(ArithmeticError,),
    max_retries=5,
    retry_backoff=False,
)
def storm(self: Task[..., Any], seconds: float = 0.0, failures: int = 0) -> None:
    """Fail on the first attempts, then succeed."""
    with Journal(self):
        _wait(seconds)
        if self.request.retries < failures:
            raise ArithmeticError(f"failure {self.request.retries + 1} of {failures}")


@shared_task(name="FaultKillSelf", bind=True)
def kill_self(self: Task[..., Any]) -> None:
    """Take the own process down, as a task that breaks its interpreter does."""
    with Journal(self):
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="FaultHoldGil", bind=True)
def hold_gil(self: Task[..., Any], seconds: float) -> None:
    """Keep the interpreter's lock: no thread of this process runs, no signal is handled."""
    with Journal(self):
        ctypes.PyDLL(None).usleep(int(seconds * 1_000_000))


@shared_task(name="FaultStubborn", bind=True)
def stubborn(self: Task[..., Any], seconds: float) -> None:
    """Fork grandchildren, ignore SIGTERM, swallow every exception, and go on."""
    with Journal(self) as journal:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        code = (
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
            f"time.sleep({seconds})"
        )
        forked = [subprocess.Popen([sys.executable, "-S", "-c", code]).pid for _ in range(2)]
        journal.write("forked", pids=[os.getpid(), *forked])
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                time.sleep(SLICE_SECONDS)
            except Exception as error:  # noqa: BLE001 - a body that swallows its soft time limit is the case in point
                journal.write("swallowed", error=type(error).__name__)


class Journal:
    """One attempt's lines: its start, its end and how, and what it wants to say in between."""

    def __init__(self, task: Task[..., Any]) -> None:
        request: Any = task.request
        self.of = {
            "run": request.run,
            "attempt": request.attempt,
            "job": request.periodic_task_name,
            "scheduled_for": request.scheduled_for,
        }

    def __enter__(self) -> Self:
        self.write("start")
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.write("end", how=kind.__name__ if kind else "returned")

    def write(self, event: str, **more: object) -> None:
        """One line in one write: lines of many processes do not mix."""
        stamps = {"mono": time.monotonic(), "wall": time.time(), "pid": os.getpid()}
        line = json.dumps({"event": event, **self.of, **stamps, **more}) + "\n"
        file = os.open(os.environ["FAULT_JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


def _wait(seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(SLICE_SECONDS, left))
