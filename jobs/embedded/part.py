"""One part of the runtime (Redis, web, scheduler, worker, Flower) and the keeper that holds it
alive.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jobs.embedded.logs import PartLog, notable
from jobs.embedded.process import exit_text, kill_session, spawn

Say = Callable[[str, str], None]
_MAX_DELAY_SECONDS = 30.0
_STEADY_SECONDS = 30.0
_LINES_AT_ONCE = 5
_ASK_SECONDS = 15.0
_SILENT_SECONDS = 180.0


@dataclass(frozen=True)
class Part:
    """What to run, how to see that it works, and how to end it."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    grace_seconds: float = 5.0
    # How to see that it still answers; None for a part that ends by itself when it hangs.
    answers: Callable[[], bool] | None = None


class Keeper:
    """Holds one part alive: starts it, restarts it with growing delays (1, 2, 4 … 30 s), ends
    it.
    """

    def __init__(self, part: Part, *, logs: Path, say: Say) -> None:
        self.part = part
        self.is_ready = False
        self.failures = 0
        self._log = PartLog(logs, part.name)
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._restart_at: float | None = None
        self._kill_at = 0.0
        self._restarted = False
        self._asked_at = self._answered_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self, *, now: float) -> None:
        self._restart_at = None
        self._started_at = now
        self.is_ready = False
        with self._log.open() as output:
            self._process = spawn(self.part.argv, env=self.part.env, output=output)

    def watch(self, *, now: float) -> None:
        """One look: show news, notice an end, restart when it is time, notice readiness."""
        self._show_news()
        if self._process is None:
            if self._restart_at is not None and now >= self._restart_at:
                self._restarted = True
                self.start(now=now)
        elif (code := self._process.poll()) is not None:
            self._ended(code, now=now)
        elif not self.is_ready and self.part.ready():
            self._became_ready(now=now)
        elif self.is_ready and self._is_silent(now=now):
            self._say(self.part.name, f"has not answered for {_SILENT_SECONDS:g} s; it is killed")
            kill_session(self._process.pid)

    def ask_to_stop(self, *, now: float) -> None:
        self._restart_at = None
        self._kill_at = now + self.part.grace_seconds
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def is_stopped(self, *, now: float) -> bool:
        """Whether nothing of the part is left; kills the rest when its grace time is over."""
        if self._process is None:
            return True
        if self._process.poll() is None and now < self._kill_at:
            return False
        self.kill()
        return True

    def kill(self) -> None:
        """End the part's whole session now."""
        if self._process is None:
            return
        kill_session(self._process.pid)
        self._process.wait()
        self._process = None

    def last_lines(self) -> list[str]:
        return self._log.tail(_LINES_AT_ONCE)

    def _ended(self, code: int, *, now: float) -> None:
        self.kill()  # what the part left behind in its session
        self.failures = 1 if now - self._started_at >= _STEADY_SECONDS else self.failures + 1
        delay = min(2.0 ** (self.failures - 1), _MAX_DELAY_SECONDS)
        self._restart_at = now + delay
        # A kill leaves nothing to read; an exit says why in its last line, a traceback's too.
        why = "".join(f": {line}" for line in self._log.tail(1)) if code > 0 else ""
        self._say(self.part.name, f"stopped ({exit_text(code)}){why}; restarting in {delay:g} s")

    def _is_silent(self, *, now: float) -> bool:
        """Whether a part that was ready has not answered for long; it is asked now and then."""
        if self.part.answers is None or now - self._asked_at < _ASK_SECONDS:
            return False
        self._asked_at = now
        if self.part.answers():
            self._answered_at = now
        return now - self._answered_at > _SILENT_SECONDS

    def _became_ready(self, *, now: float) -> None:
        self.is_ready = True
        self._asked_at = self._answered_at = now
        if self._restarted:
            self._say(self.part.name, "is back")

    def _show_news(self) -> None:
        news = list(notable(self._log.new_lines()))
        for line in news[:_LINES_AT_ONCE]:
            self._say(self.part.name, line)
        if len(news) > _LINES_AT_ONCE:
            self._say(
                self.part.name, f"… and {len(news) - _LINES_AT_ONCE} more lines in {self._log.path}"
            )
