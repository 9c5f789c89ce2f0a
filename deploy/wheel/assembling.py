"""The wheel's one package, ``beatwright``, made out of the checkout's folders.

In the checkout, ``jobs``, ``tasks`` and ``scheduler_site`` are top-level packages, and many
projects have their own of these names. In the wheel they are ``beatwright.jobs``,
``beatwright.tasks`` and ``beatwright.scheduler_site``: every import is rewritten, and every text
that begins with the path of a module. Nothing else is touched, and no line moves.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = "beatwright"
MOVED = ("jobs", "tasks", "scheduler_site")
DATA = ("templates", "examples")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pyi")
PATH = re.compile(rf"({'|'.join(MOVED)})((?:\.\w+)+)")
ALONE = "scheduler_site"  # as in `celery -A scheduler_site`: no word of any other meaning


class Edit(NamedTuple):
    """Where in a line, counted in bytes, something else is written; both ends are in the same
    line.
    """

    line: int
    start: int
    end: int
    text: str


class Modules:
    """Which dotted names are modules of ours."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begins_with_one(self, text: str) -> bool:
        found = PATH.match(text)
        if found is None:
            return text == ALONE
        names = found.group().split(".")
        return self._is_module(names[:2])

    def _is_module(self, names: list[str]) -> bool:
        path = self._root.joinpath(*names)
        return path.is_dir() or path.with_suffix(".py").is_file()


class Rewriting(ast.NodeVisitor):
    """Collects what has to be written otherwise in one file."""

    def __init__(self, modules: Modules) -> None:
        self.edits: list[Edit] = []
        self._modules = modules
        self._bound: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            if first not in MOVED:
                continue
            if alias.asname is None and alias.name == first:
                self._insert(alias, f"{PACKAGE}.", f" as {first}")
            else:
                self._insert(alias, f"{PACKAGE}.")
                self._bound |= set() if alias.asname else {first}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if (node.module or "").partition(".")[0] in MOVED:
            start = node.col_offset + len("from ")
            self.edits.append(Edit(node.lineno, start, start, f"{PACKAGE}."))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in self._bound:
            self._insert(node.value, f"{PACKAGE}.")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and self._modules.begins_with_one(node.value):
            self._into_text(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        first = node.values[0] if node.values else None
        if isinstance(first, ast.Constant) and self._modules.begins_with_one(str(first.value)):
            self._into_text(node, prefix=1)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part)

    def _into_text(self, node: ast.expr, prefix: int = 0) -> None:
        start = node.col_offset + prefix + 1  # behind the f, and the quotation mark
        self.edits.append(Edit(node.lineno, start, start, f"{PACKAGE}."))

    def _insert(self, node: ast.expr | ast.alias, before: str, behind: str = "") -> None:
        end = node.end_col_offset or node.col_offset
        self.edits.append(Edit(node.lineno, node.col_offset, node.col_offset, before))
        if behind:
            self.edits.append(Edit(node.lineno, end, end, behind))


def rewritten(source: str, modules: Modules) -> str:
    """The source as it is in the wheel."""
    rewriting = Rewriting(modules)
    rewriting.visit(ast.parse(source))
    lines = source.encode().splitlines(keepends=True)
    for edit in sorted(rewriting.edits, reverse=True):
        line = lines[edit.line - 1]
        lines[edit.line - 1] = line[: edit.start] + edit.text.encode() + line[edit.end :]
    return b"".join(lines).decode()


def assemble(root: Path, target: Path) -> None:
    """Write the package into ``target``."""
    modules = Modules(root)
    shutil.copytree(root / PACKAGE, target, ignore=LEFT_OUT)
    for name in (*MOVED, *DATA):
        shutil.copytree(root / name, target / name, ignore=LEFT_OUT)
    for path in _python_files(target):
        path.write_text(rewritten(path.read_text(), modules))


def _python_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.py") if path.is_file())
