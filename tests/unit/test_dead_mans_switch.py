"""A process whose loop does not come round ends, whatever it hangs in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKED = "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()"
BUSY = "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')"  # holds the interpreter's lock in C


def run(code: str, log: Path) -> int:
    with log.open("wb") as file:
        command = [
            sys.executable,
            "-c",
            (
                "from jobs.dead_mans_switch import DeadMansSwitch\nswitch = "
                f"DeadMansSwitch(0.5)\n{code}"
            ),
        ]
        return subprocess.run(command, cwd=ROOT, stderr=file, timeout=60, check=False).returncode


@pytest.mark.parametrize("hang", [LOCKED, BUSY])
def test_a_loop_that_hangs_ends_the_process_and_says_where(tmp_path: Path, hang: str) -> None:
    log = tmp_path / "log"

    assert run(f"switch.feed()\n{hang}", log) == 1

    assert "most recent call first" in log.read_text()


def test_a_loop_that_comes_round_goes_on(tmp_path: Path) -> None:
    code = (
        "import time\nfor _ in range(20):\n    switch._fed_at = 0\n    switch.feed()\n    "
        "time.sleep(0.1)"
    )

    assert run(code, tmp_path / "log") == 0


def test_one_that_was_stopped_ends_nobody(tmp_path: Path) -> None:
    assert run("import time\nswitch.feed()\nswitch.stop()\ntime.sleep(1)", tmp_path / "log") == 0
