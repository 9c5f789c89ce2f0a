"""What ``bin/test`` does: the tiers one after another, and a summary of what ran and what did not.

Words that do not name a tier go to pytest. ``--seed N`` repeats what was drawn, and is the fault
plan's dice.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.support.core import LEFT_OUT, NOT_DRAWN

PASSED, FAILED, INTERRUPTED, NOTHING_FOUND = 0, 1, 2, 5
CHOOSING = ("-k", "-m", "--lf", "--last-failed")
DRAWN = 3
# Two files at a time, each by one process from its first test to its last; "-n 0" behind the tier's
# name: one process.
BY_FILE = ("-n", "2", "--dist", "loadfile")
# These mostly wait, for processes to start and for moments to come; a file whose tests share
# something is a group.
BY_TEST = ("-n", "4", "--dist", "loadgroup")


@dataclass(frozen=True)
class Part:
    """One command, under the name of its tier; ``sample`` is added where not everything runs.

    Parts that mostly wait, one after the other, run beside each other where a whole tier list runs.
    """

    name: str
    words: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    sample: tuple[str, ...] = ("--core",)
    is_pytest: bool = True
    mostly_waits: bool = False


@dataclass(frozen=True)
class Ended:
    """What came of a part; ``counts`` are pytest's."""

    name: str
    status: int
    seconds: float
    counts: Mapping[str, int]

    @property
    def in_words(self) -> str:
        """What the summary says of it."""
        said = {PASSED: "passed", FAILED: "failed", NOTHING_FOUND: "found no test"}
        counted = [f"{number:,} {outcome}" for outcome, number in self.counts.items() if number]
        if self.status in {PASSED, FAILED} and counted:
            return ", ".join(counted)
        return ", ".join([said.get(self.status, f"failed ({self.status})"), *counted])


def _databases() -> list[str]:
    return os.environ.get("TEST_DATABASE", "sqlite postgresql").split()


def tiers() -> dict[str, list[Part]]:
    """The commands of each tier, the cheapest first."""
    slow = {"FAULT_SLOW": os.environ.get("FAULT_SLOW", "3")}
    databases = _databases()
    return {
        "lint": [Part("lint", (), is_pytest=False)],
        "architecture": [Part("architecture", ("tests/architecture",))],
        "unit": [Part(name, (f"tests/{name}", *BY_FILE)) for name in ("unit", "simulation")],
        "integration": [
            Part(
                f"integration on {one}",
                ("tests/integration", *BY_FILE),
                {"TEST_DATABASE": one},
                sample=("--core", f"--databases={' '.join(databases)}"),
            )
            for one in databases
        ],
        "acceptance": [
            Part(
                "acceptance",
                ("tests/acceptance", "--ignore=tests/acceptance/faults", *BY_TEST),
                mostly_waits=True,
            )
        ],
        "browser": [Part("browser", ("tests/browser", *BY_FILE), mostly_waits=True)],
        # Two scenarios at a time. What they are given to save their jobs allows for that.
        "faults": [
            Part(
                "faults",
                ("tests/acceptance/faults", "-p", "no:randomly", "-n", "2"),
                slow,
                (f"--sample={DRAWN}",),
            )
        ],
    }


class Runner:
    """Runs one part after another, or some beside each other; a signal to end goes to all that
    run.
    """

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[bytes]] = []
        self.interrupted = False

    def listen(self) -> None:
        """From now on a signal ends the running parts tidily, and no other begins."""
        signal.signal(signal.SIGTERM, self._pass_on)
        signal.signal(signal.SIGINT, self._pass_on)

    def _pass_on(self, number: int, _frame: object) -> None:
        self.interrupted = True
        if number != signal.SIGINT:  # Ctrl-C reaches the children by itself
            for child in self._children:
                child.send_signal(number)

    def run(self, part: Part, words: Sequence[str], *, output: IO[bytes] | None = None) -> Ended:
        """Run it to its end, its output where ours goes unless there is another place for it."""
        began = time.monotonic()
        with tempfile.NamedTemporaryFile(prefix="bw-report-") as report:
            env = {**os.environ, **part.env, "TEST_REPORT": report.name}
            child = subprocess.Popen(
                command(part, words), env=env, stdout=output, stderr=output and subprocess.STDOUT
            )
            self._children.append(child)
            status = child.wait()
            counts = json.loads(report.read() or b"{}")
        return Ended(
            part.name, status if status >= 0 else 128 - status, time.monotonic() - began, counts
        )

    def run_beside(self, parts: Sequence[tuple[Part, Sequence[str]]]) -> list[Ended]:
        """Run them all at once.

        What the first prints is seen as it comes, the rest when all have ended.
        """
        with ExitStack() as files, ThreadPoolExecutor(len(parts)) as threads:
            outputs = [None, *(files.enter_context(tempfile.TemporaryFile()) for _ in parts[1:])]
            running = [
                threads.submit(self.run, part, words, output=output)
                for (part, words), output in zip(parts, outputs, strict=True)
            ]
            ended = [one.result() for one in running]
            for (part, _), output in zip(parts[1:], outputs[1:], strict=True):
                _tell(f"{part.name}, beside {parts[0][0].name}")
                _copy(output)
        return ended


def _tell(name: str) -> None:
    print(f"\n== {name}", flush=True)  # noqa: T201 - what bin/test says between


def _copy(output: IO[bytes] | None) -> None:
    if output:
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()


def command(part: Part, words: Sequence[str]) -> list[str]:
    """What is started for it."""
    return (
        [sys.executable, "-m", "pytest", *part.words, *words]
        if part.is_pytest
        else ["bin/lint", *words]
    )


def run_all(runner: Runner, words: Sequence[str], *, core: bool) -> list[Ended]:
    """Every tier, or its core.

    Where the words choose among the tests, the checks that are none are not run.
    """
    parts = [
        part for tier in tiers().values() for part in tier if part.is_pytest or not _choose(words)
    ]
    ended: list[Ended] = []
    for _, group in itertools.groupby(parts, key=lambda part: part.mostly_waits or part.name):
        beside = [(part, _words(part, words, core=core)) for part in group]
        _tell(beside[0][0].name)
        ended += runner.run_beside(beside)
        if runner.interrupted:
            break
    return ended


def _one_by_one(runner: Runner, parts: Sequence[Part], words: Sequence[str]) -> Iterator[Ended]:
    for part in parts:
        _tell(part.name)
        yield runner.run(part, words)
        if runner.interrupted:
            return


def _words(part: Part, words: Sequence[str], *, core: bool) -> Sequence[str]:
    if not part.is_pytest:
        return ()
    return [*part.sample, *words] if core else words


def _choose(words: Sequence[str]) -> bool:
    return any(word.startswith(CHOOSING) for word in words)


def status_of(ended: Sequence[Ended], *, chosen: bool) -> int:
    """The exit status of the whole.

    Where words have chosen among the tests, a part may find none, but not all.
    """
    failed = [
        one.status
        for one in ended
        if one.status != PASSED and not (chosen and one.status == NOTHING_FOUND)
    ]
    if failed:
        return failed[0]
    return PASSED if any(one.status == PASSED for one in ended) else NOTHING_FOUND


def summary(
    ended: Sequence[Ended], status: int, *, seed: str, core: bool, seconds: float
) -> Iterator[str]:
    """What ran, how long it took, ``seconds`` in all, and what is left to ``bin/test all``."""
    for one in ended:
        yield f"  {one.name:<26}{_minutes(one.seconds):>6}  {one.in_words}"
    yield f"What was drawn, and the fault plan's dice: --seed {seed}"
    if core:
        tests, cases = (
            sum(one.counts.get(how, 0) for one in ended) for how in (LEFT_OUT, NOT_DRAWN)
        )
        yield (
            f"Left to bin/test all: {tests} tests, and {cases} cases that were not drawn "
            "(bin/test left-out says why)"
        )
    verdict = "passed" if status == PASSED else f"FAILED ({status})"
    yield f"{'bin/test' if core else 'bin/test all'} {verdict} in {_minutes(seconds)}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def take_seed(words: Sequence[str]) -> tuple[str, list[str]]:
    """The value of ``--seed``, or a new one, and the words without it."""
    rest, seed, given = [], "", iter(words)
    for word in given:
        if word == "--seed":
            seed = next(given, "")
        elif word.startswith("--seed="):
            seed = word.partition("=")[2]
        else:
            rest.append(word)
    return seed or os.environ.get("FAULT_SEED") or str(
        random.SystemRandom().randrange(1_000_000)
    ), rest


def main(words: Sequence[str]) -> int:
    """Do what the words ask for and return the exit status."""
    runner = Runner()
    runner.listen()
    first, *rest = words or [""]
    if first in tiers():
        return status_of(list(_one_by_one(runner, tiers()[first], rest)), chosen=_choose(rest))
    if first == "left-out":
        listed = runner.run(
            Part("left out", ("tests", "--left-out", "-q", "-p", "no:randomly")), rest
        )
        return PASSED if listed.status == NOTHING_FOUND else listed.status
    if first and first != "all" and not first.startswith("-"):
        return runner.run(Part("paths", ()), words).status
    core = first != "all"
    seed, rest = take_seed(words if core else rest)
    os.environ["FAULT_SEED"] = seed
    began = time.monotonic()
    ended = run_all(runner, rest, core=core)
    status = status_of(ended, chosen=_choose(rest)) or (
        INTERRUPTED if runner.interrupted else PASSED
    )
    seconds = time.monotonic() - began
    print("", *summary(ended, status, seed=seed, core=core, seconds=seconds), sep="\n")  # noqa: T201 - said last
    return status


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    sys.exit(main(sys.argv[1:]))
