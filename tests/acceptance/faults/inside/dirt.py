"""What bodies leave in their process, one by one: the tasks that follow in it are the witnesses."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import Task, shared_task

from tests.acceptance.faults.inside import tasks
from tests.acceptance.faults.inside.tasks import Journal

LASTS_SECONDS = 600
DAEMON = f"setsid sleep {LASTS_SECONDS} >/dev/null 2>&1 & echo $!"
kept: list[Any] = []


@shared_task(name="FaultDirty", bind=True)
def dirty(self: Task[..., Any], kinds: list[str], seconds: float = 0.0) -> None:
    """Leave all of these behind. What breaks the journal comes last."""
    with Journal(self) as journal:
        if "daemon" in kinds:
            journal.write("left", process=start_daemon())
        tasks._wait(seconds)
    for kind in sorted(set(kinds) - {"daemon"}):
        DIRT[kind]()


@shared_task(name="FaultGreedy", bind=True)
def greedy(self: Task[..., Any], megabytes: int, seconds: float) -> None:
    """Take memory, in a process of its own, and wait there."""
    with Journal(self) as journal:
        code = f"import time; kept = bytearray(b'x' * {megabytes} * 2**20); time.sleep({seconds})"
        child = subprocess.Popen(["python3", "-S", "-c", code], start_new_session=True)
        journal.write("left", process=child.pid)
        child.wait()


def start_daemon() -> int:
    """A process in a session of its own, whose parent ends at once; returns its pid."""
    done = subprocess.run(["/bin/sh", "-c", DAEMON], stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def files() -> None:
    kept.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(200))


def memory() -> None:
    kept.append(bytearray(b"x" * 300 * 2**20))


def threads() -> None:
    for number in range(3):
        threading.Thread(target=time.sleep, args=(LASTS_SECONDS,), daemon=number > 0).start()


def patch() -> None:
    """Replace what all others use: nothing can see that from outside."""

    def broken(seconds: float) -> None:
        raise RuntimeError("patched")

    tasks._wait = broken


DIRT: dict[str, Callable[[], Any]] = {
    "directory": lambda: os.chdir("/"),
    "environment": os.environ.clear,
    "files": files,
    "memory": memory,
    "patch": patch,
    "threads": threads,
    "umask": lambda: os.umask(0o777),
}
