from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from jobs.embedded.process import exit_text, kill_session, session_members, spawn
from tests.support.eventually import eventually

# A part that starts a child of its own group, as a pool worker is, and one in the background.
FAMILY = (
    "sleep 60 & exec python3 -c 'import os, time; os.fork() or os.setpgid(0, 0); time.sleep(60)'"
)
PARENT = """
import sys, time
from pathlib import Path
from jobs.embedded.process import spawn
with open(sys.argv[1], "ab") as output:
    print(spawn(["sleep", "60"], env={}, output=output).pid, flush=True)
time.sleep(60)
"""


def test_killing_a_session_ends_children_that_lead_groups_of_their_own(tmp_path: Path) -> None:
    with (tmp_path / "log").open("ab") as output:
        process = spawn(["sh", "-c", FAMILY], env={}, output=output)
    eventually(lambda: len(list(session_members(process.pid))) == 3)
    members = [psutil.Process(pid) for pid in session_members(process.pid)]

    kill_session(process.pid)
    process.wait()

    _gone, alive = psutil.wait_procs(members, timeout=60)
    assert not [member for member in alive if member.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_part_dies_with_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, seconds=5)


@pytest.mark.parametrize(
    ("returncode", "text"),
    [(0, "exit 0"), (3, "exit 3"), (-9, "exit 137, SIGKILL"), (-15, "exit 143, SIGTERM")],
)
def test_an_exit_is_told_as_a_shell_tells_it(returncode: int, text: str) -> None:
    assert exit_text(returncode) == text
