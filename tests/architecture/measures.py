"""How easily things are found here, in figures: ``python -m tests.architecture.measures`` prints
them.

``most`` is what a change may not exceed, ``wanted`` what it should come to; where the two are the
same, we are there.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture import source

LONG_LINE = 100
MOST_FILES = 15
COMMANDS = "jobs/management/commands"  # Django looks for them in this one folder, a file for each
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Measure:
    """One figure of the source under ``source.PACKAGES``, migrations and generated files left
    out.
    """

    name: str
    value: float
    most: float
    wanted: float


def measures() -> list[Measure]:
    texts = {
        path: path.read_text()
        for path in source.python_files(*source.PACKAGES)
        if "_pb2" not in path.name
    }
    trees = {path: ast.parse(text) for path, text in texts.items()}
    lines = [line for text in texts.values() for line in text.splitlines()]
    return [
        Measure("% of public names in more than one module", _shared_names(trees), 4, 4),
        Measure(
            "% of lines that import",
            100 * sum(map(_import_lines, trees.values())) / len(lines),
            10.8,
            9,
        ),
        Measure(
            "private functions in 1,000 lines",
            1_000 * sum(map(_private, trees.values())) / len(lines),
            24,
            15,
        ),
        Measure(f"% of lines beyond {LONG_LINE} columns", _share(lines), 1, 1),
        Measure(
            "files in the fullest folder", max(files_by_folder().values()), MOST_FILES, MOST_FILES
        ),
    ]


def files_by_folder() -> dict[str, int]:
    """How many Python files each folder holds itself."""
    folders = Counter(source.name_of(path.parent) for path in source.python_files(*source.PACKAGES))
    return {folder: count for folder, count in folders.items() if folder != COMMANDS}


def _shared_names(trees: dict[Path, ast.Module]) -> float:
    places: dict[str, set[Path]] = defaultdict(set)
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, Definition) and not node.name.startswith("_"):
                places[node.name].add(path)
    return 100 * sum(len(paths) > 1 for paths in places.values()) / len(places)


def _import_lines(tree: ast.Module) -> int:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in found)


def _private(tree: ast.Module) -> int:
    return sum(
        node.name.startswith("_") and not node.name.startswith("__") for node in _functions(tree)
    )


def _functions(tree: ast.Module) -> Iterator[source.Function]:
    return (node for node in ast.walk(tree) if isinstance(node, source.Function))


def _share(lines: list[str]) -> float:
    return 100 * sum(len(line) > LONG_LINE for line in lines) / len(lines)


if __name__ == "__main__":
    for one in measures():
        print(f"{one.name:<45} {one.value:6.1f}   at most {one.most:g}, wanted {one.wanted:g}")  # noqa: T201
