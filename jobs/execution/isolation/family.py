"""What a pool child's bodies have started: it becomes the parent of whatever loses its own, and
ends it all.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Collection

from jobs.execution.isolation.processes import children_of, descendants_of, kill, parent_of

PR_SET_CHILD_SUBREAPER = 36
END_SECONDS, PAUSE_SECONDS = 2.0, 0.001


def adopt_orphans() -> bool:
    """From now on a descendant whose parent ends becomes this process's child, whatever session or
    group it is in.

    False where the kernel knows no such thing: then only those are found that keep their parents.
    """
    try:
        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (AttributeError, OSError):
        return False


def there_now() -> frozenset[int]:
    """The descendants of this process; hardly ever there are any, and then it costs a
    microsecond.
    """
    return frozenset(descendants_of(os.getpid())) if _has_children() else frozenset()


def end_all_but(spared: Collection[int]) -> int:
    """Kill and wait for every descendant of this process that is not among ``spared``; how many of
    them lived.
    """
    ended: set[int] = set()
    until = time.monotonic() + END_SECONDS
    while new := there_now() - frozenset(spared):
        ended |= {pid for pid in new if parent_of(pid) is not None}
        for pid in new:
            kill(pid)
        if not reap(new):
            if time.monotonic() > until:
                break
            time.sleep(PAUSE_SECONDS)
    return len(ended)


def reap(pids: Collection[int]) -> set[int]:
    """Take leave of those that have ended and are children of this process; returns which."""
    own = set(children_of(os.getpid()))
    return {pid for pid in pids if pid in own and _is_reaped(pid)}


def _is_reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True  # whoever started it waited for it


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
