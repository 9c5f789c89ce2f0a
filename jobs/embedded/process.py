"""Child processes that cannot outlive us: one session per part, ended as a whole."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    argv: Sequence[str], *, env: Mapping[str, str], output: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start ``argv`` in a new session, its output appended to ``output``; it is killed when our
    main thread ends.

    Call it from the main thread alone: the kernel ties the parent-death signal to the thread that
    forks.
    """
    parent = os.getpid()

    def prepare() -> None:
        _die_with(parent)

    # A session of its own keeps the terminal's Ctrl-C away: only ``up`` gets it, and stops the
    # parts in order. ``prepare`` runs between fork and exec; that is safe here because ``up`` has a
    # single thread.
    return subprocess.Popen(
        list(argv),
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=prepare,  # noqa: PLW1509
    )


def _die_with(parent: int) -> None:
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def session_members(session: int) -> Iterator[int]:
    """The processes of a session, children that lead process groups of their own included."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                yield int(entry.name)
        except ProcessLookupError:  # ended while we looked
            continue


def kill_session(session: int) -> int:
    """Kill whatever is left of a session; return how many processes that were."""
    members = list(session_members(session))
    for pid in members:
        _kill(pid)
    if (
        not members and sys.platform != "linux"
    ):  # no /proc to look into: the group is the best we know
        _kill(-session)
    return len(members)


def adopt_orphans() -> None:
    """From here on, what a part leaves behind becomes our child, even from a session of its own (a
    daemon).
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def reap_orphans(known: Collection[int]) -> None:
    """Bury adopted children that have ended; those in ``known`` are left to whoever waits for
    them.
    """
    for pid in _children():
        if pid not in known:
            _bury(pid)


def kill_orphans(*, within_seconds: float = 2.0) -> int:
    """Kill every child that is left, and theirs as they become ours; return how many that were."""
    killed: set[int] = set()
    deadline = time.monotonic() + within_seconds
    while (children := _children()) and time.monotonic() < deadline:
        for pid in children:
            _kill(pid)
            _bury(pid)
        killed.update(children)
        time.sleep(0.01)
    return len(killed)


def _children() -> list[int]:
    """Our children, by the kernel's own list."""
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def _bury(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # it was another's to wait for
        return


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def exit_text(returncode: int) -> str:
    """A return code as a shell shows it, with the signal's name: ``exit 137, SIGKILL``."""
    if returncode >= 0:
        return f"exit {returncode}"
    return f"exit {128 - returncode}, {signal.Signals(-returncode).name}"
