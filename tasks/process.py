"""A child process whose whole group ends with it: on a timeout, on an exception, and when we
ourselves are killed.

The program joins the process group of a guard, a few bytes of shell that wait on a pipe from us.
Whatever ends us closes that pipe, and the guard then kills its group. A session of its own would
put the program out of reach when the worker's group is killed.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

OnLine = Callable[[str, str], None]

GUARD = "trap '' TERM INT HUP; read _; kill -KILL 0"
GRACE_SECONDS = 3.0
# How long to go on reading once the program has ended, while something it left behind holds its
# output open.
AFTERGLOW_SECONDS = 0.5
LOOK_SECONDS = 0.1
LONGEST_LINE = 8_000
TAIL_LINES = 20
TAIL_CHARACTERS = 2_000


@dataclass
class Ended:
    """How a program ended, and the last lines it wrote; a negative exit code is the signal that
    ended it.
    """

    exit_code: int = 0
    timed_out: bool = False
    last: dict[str, deque[str]] = field(
        default_factory=lambda: {name: deque(maxlen=TAIL_LINES) for name in ("stdout", "stderr")}
    )

    def tail(self, stream: str) -> str:
        """The end of what it wrote to ``stdout`` or ``stderr``, at most 2,000 characters."""
        return "\n".join(self.last[stream])[-TAIL_CHARACTERS:]


def run(
    argv: list[str], *, env: dict[str, str], cwd: str | None, seconds: float | None, on_line: OnLine
) -> Ended:
    """Run a program to its end, calling ``on_line("stdout" | "stderr", line)`` as it writes.

    Raises OSError or ValueError when it cannot be started. Nothing of its process group is left
    when this returns.
    """
    ended = Ended()

    def keep(stream: str, line: str) -> None:
        ended.last[stream].append(line)
        on_line(stream, line)

    with _guarded() as group, _started(argv, env, cwd, group) as child:
        ended.timed_out = not _watch(child, seconds, keep)
        if ended.timed_out:
            _stop(child, group)
        ended.exit_code = child.wait()
    return ended


@contextlib.contextmanager
def _guarded() -> Iterator[int]:
    """A process group that does not outlive this block, nor this process."""
    guard = subprocess.Popen(
        ["/bin/sh", "-c", GUARD], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={}, process_group=0,
    )  # fmt: skip
    try:
        yield guard.pid
    finally:
        # Not yet waited for, the guard keeps the group's number from being given to others.
        os.killpg(guard.pid, signal.SIGKILL)
        guard.communicate()


@contextlib.contextmanager
def _started(
    argv: list[str], env: dict[str, str], cwd: str | None, group: int
) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        argv, env=env, cwd=cwd, process_group=group, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe:
                pipe.close()


def _watch(child: subprocess.Popen[bytes], seconds: float | None, keep: OnLine) -> bool:
    """Read what the child writes until it ends (True) or its time is up (False)."""
    deadline = None if seconds is None else time.monotonic() + seconds
    with _Reader(child, keep) as reader:
        while child.poll() is None:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            reader.read(LOOK_SECONDS)
        last_look = time.monotonic() + AFTERGLOW_SECONDS
        while reader.open and time.monotonic() < last_look:
            reader.read(LOOK_SECONDS)
    return True


def _stop(child: subprocess.Popen[bytes], group: int) -> None:
    """Ask the group to end; the block's end kills what has not."""
    os.killpg(group, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
    if child.poll() is None:
        child.kill()


class _Reader:
    """Splits two pipes into lines as they come; a line too long is cut."""

    def __init__(self, child: subprocess.Popen[bytes], keep: OnLine) -> None:
        self.keep = keep
        self.selector = selectors.DefaultSelector()
        self.rest = {"stdout": b"", "stderr": b""}
        for name, pipe in (("stdout", child.stdout), ("stderr", child.stderr)):
            if pipe:
                self.selector.register(pipe, selectors.EVENT_READ, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.selector.close()
        for name, rest in self.rest.items():
            if rest:
                self._line(name, rest)

    @property
    def open(self) -> bool:
        """Whether either pipe may still bring something."""
        return bool(self.selector.get_map())

    def read(self, seconds: float) -> None:
        """Take what is there, or wait for it this long."""
        if not self.open:
            time.sleep(seconds)
            return
        for key, _ in self.selector.select(seconds):
            self._take(key)

    def _take(self, key: selectors.SelectorKey) -> None:
        name = key.data
        data = os.read(key.fd, 65_536)
        if not data:
            self.selector.unregister(key.fileobj)
        *lines, self.rest[name] = (self.rest[name] + data).split(b"\n")
        while len(self.rest[name]) > LONGEST_LINE:
            lines.append(self.rest[name][:LONGEST_LINE])
            self.rest[name] = self.rest[name][LONGEST_LINE:]
        for line in lines:
            self._line(name, line)

    def _line(self, name: str, line: bytes) -> None:
        text = (
            line[:LONGEST_LINE]
            .decode(errors="replace")
            .rstrip("\r")
            .replace("\x00", "\N{REPLACEMENT CHARACTER}")
        )
        self.keep(name, text)
