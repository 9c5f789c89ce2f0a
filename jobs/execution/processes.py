"""Processes of this host, as /proc tells of them: who is whose child, who is gone, and how a whole group is killed."""

from __future__ import annotations

import os
import signal
from functools import lru_cache
from pathlib import Path
from typing import Any

STATE, PARENT, STARTED = 0, 1, 19  # in /proc/<pid>/stat, counted from behind the command's name


def kill_group(pool: Any, pid: int | None) -> bool:
    """Kill a pool child and all that it started; False if ``pid`` is not a child of ours that leads its own group."""
    if pid is None or not _leads_a_group_below(os.getpid(), pid):
        return False
    process, _ = pool._pool._process_by_pid(pid)
    if process is not None:  # tells Celery that this death is intended
        process._controlled_termination = process._job_terminated = True
    return _kill_members(pid)


def kill_child_group(pid: int, *, of: int) -> bool:
    """Kill a pool child of the process ``of`` and all that it started; False if it is none, or leads no group."""
    return _leads_a_group_below(of, pid) and _kill_members(pid)


def kill_orphans(pid: int | None) -> bool:
    """Kill what a dead pool child has left behind in its process group; False if there is nothing, or it lives."""
    return pid is not None and parent_of(pid) is None and _kill_members(pid)


def _leads_a_group_below(parent: int, pid: int) -> bool:
    return parent_of(pid) == parent and _group_of(pid) == pid


def is_our_child(pid: int) -> bool:
    return parent_of(pid) == os.getpid()


def parent_of(pid: int) -> int | None:
    """The parent's process id; None if there is no such process or it is a zombie."""
    stat = _stat(pid)
    return int(stat[PARENT]) if stat else None


def identity() -> str:
    """What tells this process from every other: boot id, pid namespace, pid and start time, separated by blanks."""
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
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[STATE] == "Z" else fields


def _group_of(pid: int) -> int | None:
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
