"""Python source that sets ``beat_schedule``: read as a text, never run.

``value`` is ``{"beat_schedule": {name: entry}}`` with plain values; a schedule becomes a number of
seconds, or ``{"crontab": {…}}``, or ``{"solar": []}``. An entry that only running the source could
tell becomes a NoEntry.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jobs.importers.contents.base import Content, NoEntry, Place
from jobs.importers.contents.python_values import NotLiteral, Values
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

ROOT = "beat_schedule"
NAMES = frozenset({"beat_schedule", "celery_beat_schedule", "celerybeat_schedule"})
MOST_CHARACTERS = 2_000_000
HINT = "name the app instead: import_schedule --celery-app package.module:app"


class PythonText(Content):
    """Raises UnreadableFile."""

    kind = "python"

    def __init__(self, text: str) -> None:
        super().__init__({ROOT: {}})
        self._lines = text.split("\n")
        self._places: dict[JsonPath, Place] = {}
        tree = _parsed(text)
        self._values = Values(tree)
        for node in _assigned(tree):
            self._read_schedule(node)

    def position(self, path: JsonPath) -> Place:
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, (1, 1))

    def _read_schedule(self, node: ast.expr) -> None:
        self._places.setdefault((ROOT,), self._place(node))
        if not isinstance(node, ast.Dict):
            raise self._refusal(node, "beat_schedule is not written out as a dict")
        for key, value in zip(node.keys, node.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) else None
            if not isinstance(name, str):
                raise self._refusal(key or value, "the name of an entry is not written out")
            self._add(name, key or value, value)

    def _add(self, name: str, key: ast.expr, node: ast.expr) -> None:
        entries = self.value[ROOT]
        if name in entries:
            line, column = self._place(key)
            raise UnreadableFile(f"the entry {name!r} stands twice", line=line, column=column)
        path: JsonPath = (ROOT, name)
        self._places[path] = self._place(node)
        try:
            entries[name] = self._values.of(node)
            self._remember_members(path, node)
        except NotLiteral as error:
            self._places[path] = self._place(error.node)
            entries[name] = NoEntry(str(error), HINT, name)

    def _remember_members(self, path: JsonPath, node: ast.expr) -> None:
        """The places of the entry's members, and of those of its dicts."""
        if not isinstance(node, ast.Dict):
            return
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._places[*path, key.value] = self._place(value)
                self._remember_members((*path, key.value), value)

    def _refusal(self, node: ast.AST, message: str) -> UnreadableFile:
        line, column = self._place(node)
        return UnreadableFile(
            f"{message}: it cannot be read without running it", line=line, column=column, hint=HINT
        )

    def _place(self, node: ast.AST) -> Place:
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        # The offset counts bytes of UTF-8.
        before = (
            self._lines[line - 1].encode(errors="surrogatepass")[:offset]
            if line <= len(self._lines)
            else b""
        )
        return line, len(before.decode(errors="replace")) + 1


def _parsed(text: str) -> ast.Module:
    if len(text) > MOST_CHARACTERS:
        raise UnreadableFile("is too long for Python source", hint=HINT)
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line, column = error.lineno or 0, max(error.offset or 0, 1)
        raise UnreadableFile(f"is not Python: {error.msg}", line=line, column=column) from None
    except (RecursionError, MemoryError):
        raise UnreadableFile("is nested too deep") from None
    except ValueError as error:
        raise UnreadableFile(f"is not Python: {error}") from None


def _assigned(tree: ast.Module) -> Iterator[ast.expr]:
    """What is assigned to a name, or an attribute, that Celery knows the schedule by."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        is_assignment = isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        if is_assignment and any(_name(target).lower() in NAMES for target in targets):
            yield node.value  # type: ignore[attr-defined]  # both kinds of assignment have one


def _name(target: ast.AST | None) -> str:
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""
