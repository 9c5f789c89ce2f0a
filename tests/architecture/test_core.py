"""Every promise has a test in the core that bin/test runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import BASE_DIR, functions

INVARIANT = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/.]+|test_\w+\.py)`")
INVARIANTS = {
    number: guards
    for number, _, guards in INVARIANT.findall((BASE_DIR / "ARCHITECTURE.md").read_text())
}


def files(name: str) -> Iterator[Path]:
    """The test files of a folder or of a name, which the text may give without its folder."""
    place = BASE_DIR / name
    if place.is_dir():
        yield from place.rglob("test_*.py")
    else:
        yield from BASE_DIR.glob(name if "/" in name else f"tests/**/{name}")


def in_core(path: Path) -> int:
    """How many tests of the file are in each core; one that leaves some of its cases to bin/test
    all counts.
    """
    marks = [
        line
        for line in map(ast.unparse, ast.parse(path.read_text()).body)
        if line.startswith("pytestmark")
    ]
    if any("only_in_all" in line or "takes_turns" in line for line in marks):
        return 0
    tests = [one for one in functions(path) if one.name.startswith("test_")]
    return sum("pytest.mark.only_in_all" not in map(_name, test.decorator_list) for test in tests)


def _name(decorator: ast.expr) -> str:
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)


@pytest.mark.parametrize("number", INVARIANTS)
def test_an_invariant_is_guarded_by_a_test_of_the_core(number: str) -> None:
    names = NAMED.findall(INVARIANTS[number])
    found = {name: list(files(name)) for name in names}
    assert all(found.values()), f"invariant {number} names a test that is gone: {found}"
    assert sum(in_core(path) for paths in found.values() for path in paths), (
        f"invariant {number}: {names}"
    )


def test_there_are_invariants() -> None:
    assert len(INVARIANTS) >= 16
