"""Processes of the product, started for real and always ended: by pid, by group, and by session at
the last.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from scheduler_site.config import Config
from tests.support.eventually import eventually, patient

BASE_DIR = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
# The first line of a program that uses the models; scheduler_site.wsgi would load what only a web
# server needs.
SET_UP = (
    "import django, os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', "
    "'scheduler_site.settings'); django.setup()"
)
MESSAGE_KEY = "for tests only: seals the messages of all"


def clean_environment() -> dict[str, str]:
    """This process's environment with nothing in it that configures Beatwright, but a key for
    sessions.
    """
    names = {name.upper() for name in Config.model_fields} | {
        "CONFIG_FILE",
        "DJANGO_SETTINGS_MODULE",
    }
    rest = {name: value for name, value in os.environ.items() if name not in names}
    return rest | {"ENV_FILE": "", "SECRET_KEY": "for tests only", "MESSAGE_KEYS": MESSAGE_KEY}


class Process:
    """A running command with its output in a file.

    It leads a session, so that all it ever started can be found.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log_path: Path,
        cwd: Path = BASE_DIR,
    ) -> None:
        self.command = list(command)
        self.log_path = log_path
        with log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                self.command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    def log(self) -> str:
        """Everything it has printed so far."""
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, text: str, *, seconds: float = 30) -> None:
        """Until ``text`` is printed; an early end of the process is an error that shows its
        output.
        """

        def printed() -> bool:
            if text in self.log():
                return True
            if not self.is_running:
                raise RuntimeError(
                    f"ended with {self._popen.returncode} before printing "
                    f"{text!r}:\n{self.log()[-4000:]}"
                )
            return False

        eventually(printed, seconds=seconds)

    def wait(self, *, seconds: float = 30) -> int:
        """Its exit status, once it has ended by itself."""
        return self._popen.wait(timeout=patient(seconds))

    def send(self, number: signal.Signals) -> None:
        if self.is_running:
            os.kill(self.pid, number)

    def stop(self, *, seconds: float = 30) -> int:
        """SIGTERM, as an operator or an init system would; returns the exit status."""
        self.send(signal.SIGTERM)
        return self.wait(seconds=seconds)

    def kill9(self) -> None:
        """SIGKILL to the main process alone; what it started is left to fend for itself."""
        self.send(signal.SIGKILL)
        self.wait()

    def suspend(self) -> None:
        """SIGSTOP to the main process: alive, but deaf."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def children(self) -> list[int]:
        """The pids of its direct children."""
        return (
            [child.pid for child in psutil.Process(self.pid).children()] if self.is_running else []
        )

    def pool(self) -> list[int]:
        """The pids of a worker's pool children, each of which leads a group of its own."""
        return [pid for pid in self.children() if os.getpgid(pid) == pid]

    def sidecar(self) -> int:
        """The pid of a worker's sidecar, which leads none."""
        [pid] = [pid for pid in self.children() if os.getpgid(pid) != pid]
        return pid

    def members(self) -> list[int]:
        """Every living process of its session, itself included, orphans too."""
        return [
            process.pid for process in psutil.process_iter() if _session_of(process) == self.pid
        ]

    def kill_all(self) -> None:
        """SIGKILL to everything it ever started: what the loss of a whole host looks like."""
        deadline = time.monotonic() + 10
        while (members := self.members()) and time.monotonic() < deadline:
            for pid in members:
                _kill(pid)
            self._popen.poll()
            time.sleep(0.02)
        self._popen.wait(timeout=60)


def _session_of(process: psutil.Process) -> int | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else os.getsid(process.pid)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return None


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it ended by itself in between
