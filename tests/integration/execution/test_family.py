"""What a process has started, and what becomes of it: nothing escapes into a session of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from jobs.execution.isolation import family
from jobs.execution.isolation.processes import (
    children_of,
    descendants_of,
    kill_child_group,
    kill_group,
    parent_of,
)
from jobs.execution.supervision.orphans import Orphans
from tests.integration.execution.pool import Pool
from tests.support.eventually import eventually
from tests.support.forked import forked

ORPHAN = ["/bin/sh", "-c", "setsid sleep 60 >/dev/null 2>&1 & echo $!"]
SLEEP = ["sleep", "60"]
# A pool child whose body has started a process with a session of its own; it prints that one's pid.
WITH_DAEMON = (
    f"import subprocess, sys, time; subprocess.run({ORPHAN!r}, check=True); time.sleep(60)"
)


def orphan() -> int:
    """A process whose parent has ended, in a session of its own."""
    return int(subprocess.run(ORPHAN, stdout=subprocess.PIPE, check=True).stdout)


def is_gone(pid: int) -> bool:
    return parent_of(pid) is None


def test_an_orphan_is_found_and_ended_whatever_session_it_is_in() -> None:
    def inside() -> Any:
        assert family.adopt_orphans()
        started = [orphan(), subprocess.Popen(SLEEP, start_new_session=True).pid]
        assert set(started) <= family.there_now()
        return family.end_all_but(()), [is_gone(pid) for pid in started], family.there_now()

    assert forked(inside) == (2, [True, True], frozenset())


def test_what_was_there_before_is_spared() -> None:
    def inside() -> Any:
        before = subprocess.Popen(SLEEP)
        spared = family.there_now()
        after = subprocess.Popen(SLEEP)
        ended = family.end_all_but(spared), is_gone(before.pid), is_gone(after.pid)
        before.kill()
        return ended

    assert forked(inside) == (1, False, True)


def test_a_process_that_has_ended_is_no_remainder() -> None:
    def inside() -> Any:
        child = subprocess.Popen(["true"])
        eventually(lambda: is_gone(child.pid))
        return family.end_all_but(()), children_of(os.getpid())

    assert forked(inside) == (0, [])


def test_a_family_that_goes_on_forking_is_ended() -> None:
    def inside() -> Any:
        assert family.adopt_orphans()
        code = "while :; do (while :; do sleep 0.01; done) & sleep 0.005; done"
        subprocess.Popen(["/bin/sh", "-c", code], start_new_session=True)
        time.sleep(0.2)
        family.end_all_but(())
        return family.there_now()

    assert forked(inside) == frozenset()


def test_killing_a_pool_child_kills_what_has_left_its_group(pool: Pool) -> None:
    code = (
        f"import ctypes; ctypes.CDLL(None).prctl({family.PR_SET_CHILD_SUBREAPER}, 1, 0, 0, "
        f"0); {WITH_DAEMON}"
    )
    child, daemon = fork(pool, code)

    eventually(lambda: os.getsid(daemon) == daemon)
    assert kill_group(pool, child.pid)

    assert child.wait(10) == -signal.SIGKILL
    eventually(lambda: is_gone(daemon))


def test_so_does_the_sidecar(pool: Pool) -> None:
    code = (
        f"import subprocess, time; print(subprocess.Popen({SLEEP!r}, "
        "start_new_session=True).pid, flush=True); "
    )
    child, daemon = fork(pool, f"{code}time.sleep(60)")

    assert kill_child_group(child.pid, of=os.getpid())

    eventually(lambda: is_gone(daemon))
    child.wait(10)


def test_the_main_process_ends_what_a_dead_pool_child_leaves() -> None:
    def inside() -> Any:
        helper = subprocess.Popen(SLEEP, process_group=0)
        orphans, pool = Orphans(), Pool()
        orphans.prepare()
        child, daemon = fork(pool, WITH_DAEMON)
        own = subprocess.Popen(SLEEP)
        billiards = Billiards([child])
        eventually(lambda: parent_of(daemon) == os.getpid() and os.getpgid(daemon) == daemon)
        looks = [orphans.look(billiards)]
        child.kill()
        child.wait()
        billiards._pool = []
        looks.append(orphans.look(billiards))
        eventually(lambda: is_gone(daemon))
        orphans.look(billiards)
        spared = [not is_gone(process.pid) for process in (helper, own)]
        left = set(children_of(os.getpid())) - {helper.pid, own.pid}
        for process in (helper, own):
            process.kill()
        return looks, spared, left

    assert forked(inside) == ([0, 1], [True, True], set())


def test_descendants_are_found_to_the_last() -> None:
    deep = (
        f"import subprocess, time; subprocess.Popen({SLEEP!r}, start_new_session=True); "
        "time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-S", "-c", deep])

    [grandchild] = eventually(lambda: descendants_of(child.pid))

    for pid in (grandchild, child.pid):
        os.kill(pid, signal.SIGKILL)
    child.wait()
    assert descendants_of(child.pid) == []


def test_threads_that_end_meanwhile_hide_no_child() -> None:
    def inside() -> Any:
        child, stop = subprocess.Popen(SLEEP), threading.Event()

        def start_and_end() -> None:
            while not stop.is_set():
                threading.Thread(target=int).start()

        busy = threading.Thread(target=start_and_end)
        busy.start()
        looks = {child.pid in children_of(os.getpid()) for _ in range(2_000)}
        stop.set()
        busy.join()
        child.kill()
        return looks

    assert forked(inside) == {True}


class Billiards:
    """What billiard shows of its pool."""

    def __init__(self, children: list[Any]) -> None:
        self._pool = children


def fork(pool: Pool, code: str) -> tuple[subprocess.Popen[str], int]:
    """A pool child that runs this, and the pid that it has printed."""
    child = subprocess.Popen(
        [sys.executable, "-S", "-c", code], process_group=0, stdout=subprocess.PIPE, text=True
    )
    pool.children.append(child)
    assert child.stdout
    return child, int(child.stdout.readline())
