"""The supervisor: starts the parts, keeps them alive, and ends them all in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from jobs.embedded.part import Keeper, Part, Say
from jobs.embedded.process import adopt_orphans, kill_orphans, reap_orphans

_LOOK_SECONDS = 0.1
_HOPELESS_FAILURES = 3


class PartDoesNotStart(RuntimeError):
    """A part ended again and again before it was ever ready; the message holds its last lines."""


class StopRequested(Exception):
    """Ctrl-C, SIGTERM or SIGHUP arrived while parts were still starting."""


class Supervisor:
    """Runs parts until a signal asks to stop.

    A second signal kills what is left instead of waiting for it.

    ``adopts``: what parts leave behind becomes this process's and ends with it; all of its children
    must be parts.
    """

    def __init__(self, *, logs: Path, say: Say, adopts: bool = False) -> None:
        self._logs = logs
        self._say = say
        self._keepers: list[Keeper] = []
        self.stop_requests = 0
        self._adopts = adopts
        if adopts:
            adopt_orphans()

    def listen(self) -> None:
        """Take over Ctrl-C and the ending signals; from here on they only count."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, parts: Sequence[Part], *, timeout_seconds: float) -> list[str]:
        """Start ``parts``, then ``wait`` for all that were started."""
        for part in parts:
            keeper = Keeper(part, logs=self._logs, say=self._say)
            self._keepers.append(keeper)
            keeper.start(now=time.monotonic())
        return self.wait(timeout_seconds=timeout_seconds)

    def wait(self, *, timeout_seconds: float) -> list[str]:
        """Wait until every part is ready; return the names of those that are not in time.

        Raises PartDoesNotStart when one keeps ending before it was ever ready, StopRequested on a
        signal.
        """
        deadline = time.monotonic() + timeout_seconds
        while (late := self._late()) and time.monotonic() < deadline:
            self.raise_if_asked_to_stop()
            self._look()
            _refuse_hopeless(self._keepers)
        return late

    def raise_if_asked_to_stop(self) -> None:
        if self.stop_requests:
            raise StopRequested

    def run(self) -> None:
        """Keep everything alive until a signal asks to stop."""
        while not self.stop_requests:
            self._look()

    def stop(self, *, last: Sequence[str] = ()) -> None:
        """End all parts, those named in ``last`` after the others; leaves no process."""
        self._end([keeper for keeper in self._keepers if keeper.part.name not in last])
        self._end([keeper for keeper in self._keepers if keeper.part.name in last])
        self._keepers.clear()
        if self._adopts and (left := kill_orphans()):
            self._say("up", f"killed what jobs had left running ({left})")

    def pids(self) -> dict[str, int]:
        return {keeper.part.name: keeper.pid for keeper in self._keepers if keeper.pid is not None}

    def _late(self) -> list[str]:
        return [keeper.part.name for keeper in self._keepers if not keeper.is_ready]

    def _look(self) -> None:
        for keeper in self._keepers:
            keeper.watch(now=time.monotonic())
        if self._adopts:
            reap_orphans(self.pids().values())
        time.sleep(_LOOK_SECONDS)

    def _end(self, keepers: list[Keeper]) -> None:
        already_asked = self.stop_requests
        for keeper in keepers:
            keeper.ask_to_stop(now=time.monotonic())
        while keepers and self.stop_requests <= max(already_asked, 1):
            keepers = [keeper for keeper in keepers if not keeper.is_stopped(now=time.monotonic())]
            time.sleep(_LOOK_SECONDS / 2)
        for keeper in keepers:
            self._say(keeper.part.name, "killed")
            keeper.kill()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requests += 1


def _refuse_hopeless(keepers: list[Keeper]) -> None:
    for keeper in keepers:
        if not keeper.is_ready and keeper.failures >= _HOPELESS_FAILURES:
            lines = "\n".join(f"  {line}" for line in keeper.last_lines())
            raise PartDoesNotStart(f"{keeper.part.name} does not start. Its last lines:\n{lines}")
