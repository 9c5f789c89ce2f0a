"""What the documents at the top point to is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import BASE_DIR

PATH = re.compile(r"`((?:jobs|tasks|tests|bin|docs|templates|examples|scheduler_site)/[\w./-]*)`")
WALKS = "docs/explanation/two-walks.md"
DOCUMENTS = [
    *sorted(path.name for path in BASE_DIR.glob("*.md")),
    "docs/explanation/one-run.md",
    WALKS,
]
STOP = re.compile(r"^\d+\. `([\w/]+\.py)` `([\w.]+)`", re.MULTILINE)
DOTTED = re.compile(r"`([a-z_]+(?:\.\w+)+)`")
OTHERS = {"module.function", "self.request.run"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document: str) -> None:
    named = PATH.findall((BASE_DIR / document).read_text())
    assert [path for path in named if not (BASE_DIR / path).exists()] == []


def test_every_name_on_the_page_about_one_run_is_in_a_file_that_the_page_lists() -> None:
    page = (BASE_DIR / "docs/explanation/one-run.md").read_text()
    files = {
        Path(path).stem: BASE_DIR / path for path in PATH.findall(page) if path.endswith(".py")
    }
    known = {
        f"{module}.{name}"
        for module, path in files.items()
        for name in _defined(ast.parse(path.read_text()))
    }
    named = set(DOTTED.findall(page)) - OTHERS
    assert named
    assert named - known == set()


def test_each_stop_of_the_walks_is_in_its_file_and_the_walks_are_short() -> None:
    _, occurrence, press = (BASE_DIR / WALKS).read_text().split("\n## ")
    walks = [STOP.findall(walk) for walk in (occurrence, press)]
    missing = [
        f"{path} {name}"
        for path, name in (stop for walk in walks for stop in walk)
        if name not in _defined(ast.parse((BASE_DIR / path).read_text()))
    ]
    assert missing == []
    assert 20 <= len(walks[0]) <= 30
    assert 10 <= len(walks[1]) <= 20


def _defined(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[str]:
    """The functions, classes, methods and constants of a module, dotted."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from (
                prefix + target.id for target in node.targets if isinstance(target, ast.Name)
            )
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _defined(node, f"{prefix}{node.name}.")
