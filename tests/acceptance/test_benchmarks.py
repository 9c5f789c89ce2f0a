"""The comparing benchmarks run to their end; no figure of theirs is asserted."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.eventually import patient
from tests.support.processes import BASE_DIR, PYTHON


@pytest.mark.only_in_all(reason="starts a PostgreSQL, a Redis and a scheduler to measure them")
@pytest.mark.parametrize(
    "words", [("dispatch", "--small", "--peers", "0"), ("lateness", "--small")], ids=" ".join
)
def test_a_small_benchmark_prints_its_table(words: tuple[str, ...]) -> None:
    name, *options = words
    command = [PYTHON, "-m", f"tests.benchmarks.{name}", *options]
    done = subprocess.run(
        command, cwd=BASE_DIR, capture_output=True, text=True, timeout=patient(60), check=False
    )
    assert done.returncode == 0, done.stderr
    assert "| Beatwright |" in done.stdout
    assert f"written to var/bench/{name}.json" in done.stdout
