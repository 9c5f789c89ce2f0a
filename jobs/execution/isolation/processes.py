"""Processes of this host, as /proc tells of them: who is whose child, who is gone, and how a whole
family is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
from functools import lru_cache
from pathlib import Path
from typing import Any

STATE, PARENT, STARTED = 0, 1, 19  # in /proc/<pid>/stat, counted from behind the command's name
KILOBYTE, MEGABYTE, PAGE = 1024, 1024 * 1024, os.sysconf("SC_PAGE_SIZE")
MOST_LOOKS = 20  # at a family that goes on growing


def kill_group(pool: Any, pid: int | None) -> bool:
    """Kill a pool child and all that it started; False if ``pid`` is not a child of ours that leads
    its own group.
    """
    if pid is None or not _leads_a_group_below(os.getpid(), pid):
        return False
    process, _ = pool._pool._process_by_pid(pid)
    if process is not None:  # tells Celery that this death is intended
        process._controlled_termination = process._job_terminated = True
    return _kill_family(pid)


def kill_child_group(pid: int, *, of: int) -> bool:
    """Kill a pool child of the process ``of`` and all that it started; False if it is none, or
    leads no group.
    """
    return _leads_a_group_below(of, pid) and _kill_family(pid)


def kill_orphans(pid: int | None) -> bool:
    """Kill what a dead pool child has left behind in its process group; False if there is nothing,
    or it lives.
    """
    return pid is not None and parent_of(pid) is None and _kill_members(pid)


def descendants_of(pid: int) -> list[int]:
    """The processes that this one has started, and theirs, as far as a process between them
    lives.
    """
    found: list[int] = []
    ahead = [pid]
    while ahead:
        children = children_of(ahead.pop())
        found += children
        ahead += children
    return found


def children_of(pid: int) -> list[int]:
    """Those that have ended and were not waited for are among them."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  # three times as fast, and asked for often
        return [
            int(child)
            for thread in threads
            for child in _read(f"/proc/{pid}/task/{thread}/children").split()
        ]
    except (
        FileNotFoundError,
        ProcessLookupError,
    ):  # the latter of a thread that ends while it is read
        return [] if _stat(pid) is None else _children_by_search(pid)


def _children_by_search(pid: int) -> list[int]:
    """For a kernel that keeps no list of them, and where a thread has just ended with its own."""
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [other for other in everybody if parent_of(other) == pid]


def start_of(pid: int) -> str | None:
    """When it was started, in the kernel's own count: with the pid it tells a process from every
    other of this boot.
    """
    stat = _stat(pid)
    return stat[STARTED] if stat else None


def resident(pid: int) -> int:
    """How many bytes it has in memory, those included that it shares with others; 0 if there is no
    such process.
    """
    try:
        return int(_read(f"/proc/{pid}/statm").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def share(pid: int) -> int:
    """The same, with what it shares divided by how many do, where the kernel lets us know."""
    try:
        lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    except OSError:
        lines = []
    return next(
        (int(line.split()[1]) * KILOBYTE for line in lines if line.startswith("Pss:")),
        resident(pid),
    )


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _kill_family(pid: int) -> bool:
    """Kill a pool child, its group, and what has left the group or started a session of its own.

    What it started goes first, while it can be found by its parents. The child is stopped for that
    long: it must not start anything else, and hear of no death.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    killed: set[int] = set()
    for _ in range(MOST_LOOKS):
        found = set(descendants_of(pid)) - killed
        if not found:
            break
        for each in found:
            kill(each)
        killed |= found
    return _kill_members(pid)


def _leads_a_group_below(parent: int, pid: int) -> bool:
    return parent_of(pid) == parent and group_of(pid) == pid


def is_our_child(pid: int) -> bool:
    return parent_of(pid) == os.getpid()


def parent_of(pid: int) -> int | None:
    """The parent's process id; None if there is no such process or it is a zombie."""
    stat = _stat(pid)
    return int(stat[PARENT]) if stat else None


def identity() -> str:
    """What tells this process from every other: boot id, pid namespace, pid and start time,
    separated by blanks.
    """
    stat = _stat(os.getpid())
    return f"{_surroundings()} {os.getpid()} {stat[STARTED] if stat else '?'}"


def is_gone(identity: str) -> bool:
    """Whether that process is certainly no more; False where this cannot be seen from here."""
    surroundings, _, process = identity.rpartition(" ")[0].rpartition(" ")
    if surroundings != _surroundings() or not process.isdecimal():
        return False  # another boot or another container: its pids are not ours
    stat = _stat(int(process))
    return stat is None or stat[STARTED] != identity.rpartition(" ")[2]


@lru_cache(maxsize=1)
def _surroundings() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "? ?"


def _stat(pid: int) -> list[str] | None:
    """The fields behind the name; None for a process that is gone, or a zombie."""
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[STATE] == "Z" else fields


def _read(path: str) -> str:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # Path is slower, and many are read
        return file.read().decode(errors="replace")


def group_of(pid: int) -> int | None:
    """None if there is no such process."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _kill_members(group: int) -> bool:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True
