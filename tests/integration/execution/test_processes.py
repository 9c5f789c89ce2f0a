from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from jobs.execution.isolation.processes import (
    identity,
    is_gone,
    kill_group,
    kill_orphans,
    parent_of,
)
from tests.support.eventually import eventually


class Pool:
    """What billiard shows of its children."""

    def __init__(self, *processes: Any) -> None:
        self._pool = self
        self.processes = processes

    def _process_by_pid(self, pid: int) -> tuple[Any, int | None]:
        return next(((p, n) for n, p in enumerate(self.processes) if p.pid == pid), (None, None))


@pytest.fixture
def family() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A child that leads its group, and the pid of a grandchild in it."""
    script = (
        "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, "
        "flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], process_group=0, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    yield child, int(child.stdout.readline())
    child.kill()
    child.wait(10)
    child.stdout.close()


def test_a_child_is_killed_with_all_that_it_started(
    family: tuple[subprocess.Popen[str], int],
) -> None:
    child, grandchild = family

    assert kill_group(Pool(child), child.pid)

    assert child.wait(10) == -9
    eventually(
        lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie"
    )


def test_celery_is_told_that_the_death_is_intended(
    family: tuple[subprocess.Popen[str], int],
) -> None:
    child: Any = family[0]

    kill_group(Pool(child), child.pid)

    assert child._job_terminated
    assert child._controlled_termination


def test_only_children_of_this_process_are_killed(
    family: tuple[subprocess.Popen[str], int],
) -> None:
    child, grandchild = family

    assert not kill_group(Pool(), grandchild)
    assert not kill_group(Pool(), os.getpid())
    assert not kill_group(Pool(), None)
    time.sleep(0.1)

    assert child.poll() is None
    assert parent_of(grandchild) == child.pid


def test_what_a_dead_child_left_behind_is_killed(family: tuple[subprocess.Popen[str], int]) -> None:
    child, grandchild = family
    assert not kill_orphans(child.pid), "it lives"
    child.kill()
    eventually(lambda: parent_of(child.pid) is None)

    assert kill_orphans(child.pid)

    eventually(lambda: parent_of(grandchild) is None)
    child.wait(10)
    eventually(lambda: not kill_orphans(child.pid))


def test_a_process_that_is_gone_has_no_parent(family: tuple[subprocess.Popen[str], int]) -> None:
    child, _ = family
    child.kill()

    eventually(lambda: parent_of(child.pid) is None)  # a zombie first
    child.wait(10)

    assert parent_of(child.pid) is None


def test_this_process_is_not_gone() -> None:
    assert not is_gone(identity())


def test_a_process_is_gone_when_its_pid_is_free_or_belongs_to_a_later_one(
    family: tuple[subprocess.Popen[str], int],
) -> None:
    child, grandchild = family
    boot_and_namespace = identity().rsplit(" ", 2)[0]
    child.kill()
    child.wait(10)

    assert is_gone(f"{boot_and_namespace} {child.pid} 1")
    assert is_gone(f"{boot_and_namespace} {grandchild} 1"), "it lives, and began at another time"


@pytest.mark.parametrize("other", ["another-boot pid:[1] 1 1", "boot 1 0", "", "x"])
def test_nothing_is_said_of_processes_of_another_boot_or_container(other: str) -> None:
    assert not is_gone(other)
