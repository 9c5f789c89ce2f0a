"""A log that nobody reads stops nobody: tried in processes of their own, with pipes that are
full.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).resolve().parents[3]
TALK = """
import logging, os, sys
logging.basicConfig(format="%(message)s")
from jobs.logs import stream as log_stream
log_stream.make_patient()
for number in range(5_000):
    logging.warning("line %s %s", number, "x" * 80)
os.write({told}, b"through")
if "read" == sys.argv[1]:
    sys.stdin.readline()
    logging.warning("the last")
"""


def talk(word: str) -> tuple[subprocess.Popen[bytes], int]:
    """A process that logs half a megabyte into a pipe; and where it says that it came through."""
    heard, told = os.pipe()
    code = TALK.format(told=told)
    process = subprocess.Popen(
        [sys.executable, "-c", code, word],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[told],
    )
    os.close(told)
    return process, heard


def drained(pipe: IO[bytes] | None) -> bytes:
    """What is in a pipe whose writer writes nothing more for now."""
    assert pipe
    found = b""
    while select.select([pipe], [], [], 0)[0]:
        found += os.read(pipe.fileno(), 65_536)
    return found


@pytest.mark.timeout(60)
def test_a_process_whose_log_is_not_read_goes_on() -> None:
    process, heard = talk("go")

    assert os.read(heard, 100) == b"through"

    assert process.wait(30) == 0
    os.close(heard)
    _close(process)


@pytest.mark.timeout(60)
def test_what_was_dropped_is_counted_once_somebody_reads() -> None:
    process, heard = talk("read")
    assert os.read(heard, 100) == b"through"
    waiting = drained(process.stderr)  # first: the last line finds no room before that

    _, log = process.communicate(b"\n", timeout=30)

    lines = (waiting + log).decode().splitlines()
    assert lines[0].startswith("line 0 ")
    assert lines[-1] == "the last"
    told = [line for line in lines if "lines were dropped: nobody read them" in line]
    dropped = sum(int(line.rpartition("[")[2].split()[0]) for line in told)
    shown = sum(line.startswith("line ") for line in lines)
    assert 0 <= dropped + shown - 5_000 <= len(told), (
        "one that found room for its half counts twice"
    )
    assert dropped > 1_000
    os.close(heard)


def test_a_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    code = (
        "import sys\nfrom jobs.logs import stream\nold = "
        "sys.stderr\nstream.make_patient()\nassert sys.stderr is old"
    )
    with path.open("wb") as file:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=file, check=False)
    assert done.returncode == 0, path.read_text()


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stderr):
        if stream:
            stream.close()
