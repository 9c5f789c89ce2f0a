"""Which tests ``bin/test`` runs, and which only ``bin/test all``: a pytest plugin, loaded with ``-p``.

A test is in the core unless it says why not: ``@pytest.mark.only_in_all(reason="…")`` on it, or in its file's
``pytestmark``. ``--core`` leaves those out; ``--left-out`` lists them with their reasons, and runs nothing. How many
were left out and what came of the rest goes to the file that TEST_REPORT names.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MARK = "only_in_all"
LEFT_OUT, NOT_DRAWN = "left out", "not drawn"
NUMBERS = pytest.StashKey[Counter[str]]()
OUTCOMES = ("passed", "failed", "error", "skipped")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("core")
    group.addoption("--core", action="store_true", help="leave out the tests that are marked only_in_all")
    group.addoption("--left-out", action="store_true", help="list them with their reasons, and run nothing")


def reason_of(item: pytest.Item) -> str:
    """Why this test is left to ``bin/test all``, else nothing. Raises UsageError for a mark without a reason."""
    mark = item.get_closest_marker(MARK)
    if mark is None:
        return ""
    reason = mark.kwargs.get("reason", "")
    if mark.args or not isinstance(reason, str) or len(reason.split()) < 3:
        raise pytest.UsageError(f"{item.nodeid}: {MARK} needs reason=, a sentence")
    return reason


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = {item: reason_of(item) for item in items}
    if config.option.left_out:
        _print(reasons)
        leave_out(config, items, list(items), LEFT_OUT)
    elif config.option.core:
        leave_out(config, items, [item for item in items if reasons[item]], LEFT_OUT)


def leave_out(config: pytest.Config, items: list[pytest.Item], unwanted: list[pytest.Item], how: str) -> None:
    """Take these out of the run, and count them as left out or not drawn."""
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
