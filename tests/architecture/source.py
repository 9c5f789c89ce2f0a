"""The source as the architecture tests read it: the files git tracks, and their syntax trees."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
PACKAGES = ("jobs", "tasks", "scheduler_site", "beatwright")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=BASE_DIR, capture_output=True, text=True, check=True
    ).stdout
    return tuple(
        path
        for name in sorted(set(listed.split("\0")))
        if name and (path := BASE_DIR / name).is_file()
    )


def name_of(path: Path) -> str:
    return str(path.relative_to(BASE_DIR))


def python_files(*folders: str) -> Iterator[Path]:
    """The Python files of these top folders, migrations left out: they are generated."""
    for path in tracked():
        parts = path.relative_to(BASE_DIR).parts
        if path.suffix == ".py" and parts[0] in folders and "migrations" not in parts:
            yield path


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Its lines from ``def`` to the end, the docstring left out."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return lines
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1)
