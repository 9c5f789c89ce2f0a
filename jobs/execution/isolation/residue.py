"""What a body leaves in its process: some of it is put back, some ended, and the rest ends with the
process.

It is compared after each body and takes some tens of microseconds, so nothing here looks at more
than it must.
"""

from __future__ import annotations

import contextlib
import locale
import os
import resource
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakSet

from jobs import conf
from jobs.execution.isolation import family
from jobs.execution.isolation.processes import MEGABYTE, resident
from jobs.services import THREAD_PREFIX

MOST_NAMES = 5
TIME_ZONE = b"TZ"
LIMITS = tuple(getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_"))

_environ = os.environ  # a body may put another object in its place
_shared_threads: WeakSet[threading.Thread] = WeakSet()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What no body may change for the next one, and how much there was when the process began with
    its first.
    """

    umask: int
    limits: tuple[tuple[int, int], ...]
    locale: str
    descriptors: int
    memory: int  # bytes

    @classmethod
    def now(cls) -> Baseline:
        umask = os.umask(0o077)
        os.umask(umask)
        return cls(
            umask, _limits(), locale.setlocale(locale.LC_ALL), descriptors(), resident(os.getpid())
        )

    def restore(self) -> bool:
        """Put the process's own settings back; False if one can only be put back by a new
        process.
        """
        os.umask(self.umask)
        if locale.setlocale(locale.LC_ALL) != self.locale:
            locale.setlocale(locale.LC_ALL, self.locale)
        return _limits() == self.limits or self._restore_limits()

    def _restore_limits(self) -> bool:
        for limit, wanted in zip(LIMITS, self.limits, strict=True):
            with contextlib.suppress(
                OSError, ValueError
            ):  # a hard limit that was lowered only root may raise
                resource.setrlimit(limit, wanted)
        return _limits() == self.limits

    def grown(self) -> Iterator[str]:
        """What the process has too much of, in words.

        Connections and modules of a first use are within its bounds.
        """
        numbers = conf.get()
        opened, used = descriptors() - self.descriptors, resident(os.getpid())
        if opened > numbers.child_descriptors:
            yield f"{opened} open files"
        if used > max(numbers.child_memory_mb * MEGABYTE, self.memory):
            yield f"{used // MEGABYTE:,} MB of memory"


class _Process:
    baseline: Baseline | None = None
    pid = 0

    def begun(self) -> Baseline:
        """How this process was when its first body began."""
        if self.baseline is None or self.pid != os.getpid():
            self.baseline, self.pid = Baseline.now(), os.getpid()
        return self.baseline


_process = _Process()


@dataclass(frozen=True, slots=True)
class Baselines:
    """The process as a body finds it."""

    process: Baseline
    environment: dict[bytes, bytes]
    threads: frozenset[threading.Thread]
    descendants: frozenset[int]

    @classmethod
    def now(cls) -> Baselines:
        return cls(
            _process.begun(), dict(_data()), frozenset(threading.enumerate()), family.there_now()
        )

    def restore_environment(self) -> str:
        """Put the environment back; returns the names that were changed, for people, and never a
        value.
        """
        os.environ = _environ  # noqa: B003  # the very object that it was, which writes through to the C library
        now = _data()
        if now == self.environment:
            return ""
        changed = sorted(
            name
            for name in now.keys() | self.environment.keys()
            if now.get(name) != self._had(name)
        )
        for name in changed:
            self._put_back(name)
        if TIME_ZONE in changed:
            time.tzset()
        names = [os.fsdecode(name) for name in changed[:MOST_NAMES]]
        return ", ".join(names) + (
            f" and {len(changed) - MOST_NAMES} more" if len(changed) > MOST_NAMES else ""
        )

    def left_behind(self) -> str:
        """End what can be ended; returns in words what makes this process unfit for another body,
        or nothing.
        """
        threads = sum(map(_is_bodys, frozenset(threading.enumerate()) - self.threads))
        processes = family.end_all_but(self.descendants)
        left = [
            *([_count(threads, "thread")] if threads else []),
            *([_count(processes, "process", "processes")] if processes else []),
            *self.process.grown(),
            *([] if self.process.restore() else ["a lowered resource limit"]),
        ]
        return " and ".join(filter(None, (", ".join(left[:-1]), *left[-1:])))

    def _had(self, name: bytes) -> bytes | None:
        return self.environment.get(name)

    def _put_back(self, name: bytes) -> None:
        if name in self.environment:
            os.environb[name] = self.environment[name]
        else:
            del os.environb[name]


def share_this_thread() -> None:
    """The calling thread is nobody's: it stays for the bodies to come."""
    _shared_threads.add(threading.current_thread())


def descriptors() -> int:
    """How many this process has open."""
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # Path's own takes five times as long
    except OSError:
        return 0


def _is_bodys(thread: threading.Thread) -> bool:
    return not thread.name.startswith(THREAD_PREFIX) and thread not in _shared_threads


def _limits() -> tuple[tuple[int, int], ...]:
    return tuple(map(resource.getrlimit, LIMITS))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def _data() -> dict[bytes, bytes]:
    """The dict behind it, which can be compared in a fraction of a microsecond; by its items it
    takes forty.
    """
    data: dict[bytes, bytes] = _environ._data  # type: ignore[attr-defined]
    return data
