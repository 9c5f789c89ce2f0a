"""Which tests ``bin/test`` runs, and which only ``bin/test all``: a pytest plugin, loaded with ``-p``.

A test is in the core unless it says why not: ``@pytest.mark.only_in_all(reason="…")`` on it, or in its file's
``pytestmark``. ``--core`` leaves those out; ``--left-out`` lists them with their reasons, and runs nothing. Of a test
with many cases the core may take some, others each time: ``@pytest.mark.drawn(most=N, reason="…")``, by the seed that
FAULT_SEED holds. How many were left out and what came of the rest goes to the file that TEST_REPORT names.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MARK, DRAWN = "only_in_all", "drawn"
LEFT_OUT, NOT_DRAWN = "left out", "not drawn"
NUMBERS = pytest.StashKey[Counter[str]]()
OUTCOMES = ("passed", "failed", "error", "skipped")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("core")
    group.addoption("--core", action="store_true", help="leave out the tests that are marked only_in_all")
    group.addoption("--left-out", action="store_true", help="list them with their reasons, and run nothing")


def pytest_configure(config: pytest.Config) -> None:
    """The processes of xdist, which inherit it, have to draw the same."""
    if config.option.core:
        os.environ.setdefault("FAULT_SEED", str(random.SystemRandom().randrange(1_000_000)))


def reason_of(item: pytest.Item) -> str:
    """Why this test is left to ``bin/test all``, else nothing. Raises UsageError for a mark without a reason."""
    mark = item.get_closest_marker(MARK)
    return _reason(item, mark, {"reason"}) if mark else ""


def _reason(item: pytest.Item, mark: pytest.Mark, keywords: set[str]) -> str:
    reason = mark.kwargs.get("reason", "")
    if mark.args or mark.kwargs.keys() != keywords or len(str(reason).split()) < 3:
        raise pytest.UsageError(f"{item.nodeid}: {mark.name} needs {', '.join(sorted(keywords))}; reason is a sentence")
    return str(reason)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = {item: reason_of(item) for item in items}
    cases = _drawn_from([item for item in items if not reasons[item]])
    if config.option.left_out:
        _print(reasons | {item: f"{most} drawn of {len(some)}: {why}" for most, why, some in cases for item in some})
        leave_out(config, items, list(items), LEFT_OUT)
    elif config.option.core:
        leave_out(config, items, [item for item in items if reasons[item]], LEFT_OUT)
        leave_out(config, items, [item for most, _, some in cases for item in _not_drawn(some, most)], NOT_DRAWN)


def _drawn_from(items: list[pytest.Item]) -> list[tuple[int, str, list[pytest.Item]]]:
    """Each test of whose cases some are drawn: how many, why not all, and the cases."""
    found: dict[str, tuple[int, str, list[pytest.Item]]] = {}
    for item in items:
        if mark := item.get_closest_marker(DRAWN):
            reason = _reason(item, mark, {"most", "reason"})
            found.setdefault(item.nodeid.partition("[")[0], (mark.kwargs["most"], reason, []))[2].append(item)
    return list(found.values())


def _not_drawn(cases: list[pytest.Item], most: int) -> list[pytest.Item]:
    """The same for the same seed, whatever order the cases are in."""
    dice = random.Random(f"{os.environ.get('FAULT_SEED', '')} {cases[0].nodeid.partition('[')[0]}")
    drawn = dice.sample(sorted(cases, key=lambda case: case.nodeid), min(most, len(cases)))
    return [case for case in cases if case not in drawn]


def leave_out(config: pytest.Config, items: list[pytest.Item], unwanted: list[pytest.Item], how: str) -> None:
    """Take these out of the run, and count them as left out or not drawn."""
    if not unwanted:
        return
    gone = set(unwanted)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=unwanted)
    config.stash.setdefault(NUMBERS, Counter())[how] += len(unwanted)


def _print(reasons: dict[pytest.Item, str]) -> None:
    by_reason = defaultdict(list)
    for item, reason in reasons.items():
        if reason:
            by_reason[reason].append(item.nodeid)
    for reason, tests in sorted(by_reason.items()):
        print(f"\n{reason}", *sorted(tests), sep="\n    ")  # noqa: T201 - this is what the option is for


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist tells the process that started it; every one has left out the same."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[MARK] = dict(session.config.stash.get(NUMBERS, {}))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[NUMBERS] = Counter(getattr(node, "workeroutput", {}).get(MARK, {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if path := os.environ.get("TEST_REPORT"):
        counts = dict(_counts(terminalreporter.stats)) | config.stash.get(NUMBERS, {})
        Path(path).write_text(json.dumps(counts))


def _counts(stats: dict[str, list[Any]]) -> Iterator[tuple[str, int]]:
    for outcome in OUTCOMES:
        if found := len(stats.get(outcome, ())):
            yield outcome, found
