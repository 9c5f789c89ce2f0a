"""Which tests ``bin/test`` runs, and which only ``bin/test all``: a pytest plugin, loaded with
``-p``.

A test is in the core unless it says why not: ``@pytest.mark.only_in_all(reason="…")`` on it, or in
its file's ``pytestmark``. ``--core`` leaves those out; ``--left-out`` lists them with their
reasons, and runs nothing. Of a test with many cases the core may take some, others each time:
``@pytest.mark.drawn(most=N, reason="…")``, by the seed that FAULT_SEED holds; in a file's
``pytestmark`` it draws from the file's tests. What is marked ``either_database(reason="…")`` is in
the core on one database, drawn for the file from those that ``--databases`` names. Files that are
marked ``takes_turns(reason="…")`` are in the core by turns: half of them in each run, drawn by the
seed. How many were left out and what came of the rest goes to the file that TEST_REPORT names.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MARK, DRAWN, EITHER, TURNS = "only_in_all", "drawn", "either_database", "takes_turns"
LEFT_OUT, NOT_DRAWN = "left out", "not drawn"
NUMBERS = pytest.StashKey[Counter[str]]()
OUTCOMES = ("passed", "failed", "error", "skipped")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("core")
    group.addoption(
        "--core", action="store_true", help="leave out the tests that are marked only_in_all"
    )
    group.addoption(
        "--databases", default="", help="what TEST_DATABASE is in turn while the core runs"
    )
    group.addoption(
        "--left-out", action="store_true", help="list them with their reasons, and run nothing"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The processes of xdist, which inherit it, have to draw the same."""
    if config.option.core:
        os.environ.setdefault("FAULT_SEED", str(random.SystemRandom().randrange(1_000_000)))


def reason_of(item: pytest.Item) -> str:
    """Why this test is left to ``bin/test all``, else nothing.

    Raises UsageError for a mark without a reason.
    """
    mark = item.get_closest_marker(MARK)
    return _reason(item, mark, {"reason"}) if mark else ""


def _reason(item: pytest.Item, mark: pytest.Mark, keywords: set[str]) -> str:
    reason = mark.kwargs.get("reason", "")
    if mark.args or mark.kwargs.keys() != keywords or len(str(reason).split()) < 3:
        raise pytest.UsageError(
            f"{item.nodeid}: {mark.name} needs {', '.join(sorted(keywords))}; reason is a sentence"
        )
    return str(reason)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = {item: reason_of(item) for item in items}
    cases = _drawn_from([item for item in items if not reasons[item]])
    either = {
        item: _reason(item, mark, {"reason"})
        for item in items
        if (mark := item.get_closest_marker(EITHER))
    }
    turns = {
        item: _reason(item, mark, {"reason"})
        for item in items
        if (mark := item.get_closest_marker(TURNS))
    }
    if config.option.left_out:
        some_of = {
            item: f"{most} drawn of {len(some)}: {why}"
            for most, why, some in cases
            for item in some
        }
        in_turn = {item: f"its file takes turns: {why}" for item, why in turns.items()}
        _print(
            reasons
            | {item: f"on a database that is drawn: {why}" for item, why in either.items()}
            | in_turn
            | some_of
        )
        leave_out(config, items, list(items), LEFT_OUT)
    elif config.option.core:
        leave_out(config, items, [item for item in items if reasons[item]], LEFT_OUT)
        elsewhere = _on_another_database(list(either), config.option.databases.split())
        not_drawn = {item for most, _, some in cases for item in _not_drawn(some, most)}
        not_now = not_drawn | elsewhere | _not_their_turn(list(turns))
        leave_out(config, items, [item for item in items if item in not_now], NOT_DRAWN)


def _drawn_from(items: list[pytest.Item]) -> list[tuple[int, str, list[pytest.Item]]]:
    """Each test of whose cases some are drawn, or file of whose tests: how many, why not all, and
    what to draw from.
    """
    found: dict[str, tuple[int, str, list[pytest.Item]]] = {}
    for item in items:
        for node, mark in itertools.islice(item.iter_markers_with_node(DRAWN), 1):  # the closest
            reason = _reason(item, mark, {"most", "reason"})
            group = node.nodeid.partition("[")[0]
            found.setdefault(group, (mark.kwargs["most"], reason, []))[2].append(item)
    return list(found.values())


def _not_drawn(cases: list[pytest.Item], most: int) -> list[pytest.Item]:
    """The same for the same seed, whatever order the cases are in."""
    of = cases[0].nodeid.partition("[")[0]
    drawn = _dice(of).sample(sorted(cases, key=lambda case: case.nodeid), min(most, len(cases)))
    return [case for case in cases if case not in drawn]


def _on_another_database(items: list[pytest.Item], databases: list[str]) -> set[pytest.Item]:
    """Those of the files for which another than TEST_DATABASE is drawn; none where there is nothing
    to draw from.
    """
    mine = os.environ.get("TEST_DATABASE")
    files = {item: item.nodeid.partition("::")[0] for item in items if databases}
    return {item for item, file in files.items() if _dice(file).choice(databases) != mine}


def _not_their_turn(items: list[pytest.Item]) -> set[pytest.Item]:
    """Those of half of the files, the smaller half; the same for the same seed, whatever order they
    are in.
    """
    files = {item: item.nodeid.partition("::")[0] for item in items}
    every = sorted(set(files.values()))
    out = _dice(TURNS).sample(every, len(every) // 2)
    return {item for item, file in files.items() if file in out}


def _dice(what: str) -> random.Random:
    return random.Random(f"{os.environ.get('FAULT_SEED', '')} {what}")


def leave_out(
    config: pytest.Config, items: list[pytest.Item], unwanted: list[pytest.Item], how: str
) -> None:
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
