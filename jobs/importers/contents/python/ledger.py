"""The schedule as the statements of a source fill it: each entry, where it stands, and why one
cannot be read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jobs.importers.contents.base import NoEntry, Place, Remark
from jobs.importers.contents.python.values import NotLiteral, Values
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

ROOT = "beat_schedule"
ZONE = "timezone"
HINT = "name the app instead: import_schedule --celery-app package.module:app"
MOST_VALUES = 100_000


@dataclass(frozen=True)
class Here:
    """Where a statement stands: what its names mean, and the condition under which it runs at
    all.
    """

    values: Values
    condition: ast.AST | None = None
    scope: str = ""


@dataclass
class Ledger:
    """``entries``: name → value or NoEntry.

    ``zone``: the time zone that the source names, or why it cannot be read.
    """

    lines: list[str]
    entries: dict[str, Any] = field(default_factory=dict)
    zone: Any = None
    places: dict[JsonPath, Place] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    _owner: str | None = None
    _owner_line: int = 0
    _is_open: bool = False

    @property
    def is_set(self) -> bool:
        """Whether some statement says what it is, with or without entries."""
        return self._owner is not None or bool(self.entries)

    def assign(self, target: str, node: ast.expr, here: Here) -> None:
        """The schedule is set to ``node``; entries that are added to what it was stay."""
        self.places.setdefault((ROOT,), self.place(node))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            self.update(node.right, here) if self.is_itself(node.left) else self.assign(
                target, node.left, here
            )
            return
        more = node if isinstance(node, ast.Dict) else _known_dict(node, here)
        if more is None:
            raise self.unreadable(node, "beat_schedule is not written out as a dict")
        others = self.other_owner(target, node, here)
        if not (others or here.condition or any(map(self.is_itself, _spread(node)))):
            self.start_over(target, node)
        self.add_entries(node, more, here, others)

    def update(self, node: ast.expr, here: Here) -> None:
        """The entries of a dict are added."""
        more = node if isinstance(node, ast.Dict) else _known_dict(node, here)
        if more is None:
            self.refuse(node, "entries are added that are not written out as a dict")
        else:
            self.add_entries(node, more, here)

    def put(self, key: ast.expr | None, node: ast.expr, here: Here, why: str = "") -> None:
        """One entry is set."""
        name = self.name_of(key, here)
        if name is None:
            raise self.unreadable(key or node, "the name of an entry is not written out")
        if self._owner is None and not (self._is_open or why or here.condition):
            self._is_open = True
            self.remark(
                node,
                "entries are added here to a schedule that this file does not set; its others "
                "are not read",
            )
        path: JsonPath = (ROOT, name)
        why = why or self.conditional(here)
        self.places[path] = self.place(node)
        try:
            value = here.values.of(node)
            if not _is_small(value):
                raise NotLiteral(node, "it is too large")
            self.entries[name] = NoEntry(why, HINT, name) if why else value
            self.remember_members(path, node)
        except NotLiteral as error:
            self.places[path] = self.place(error.node)
            self.entries[name] = NoEntry(str(error), HINT, name)

    def remove(self, key: ast.expr, here: Here) -> None:
        """One entry is taken out."""
        name = self.name_of(key, here)
        if name is None:
            self.refuse(key, "an entry is taken out whose name is not written out")
        elif here.condition is None:
            self.entries.pop(name, None)
        elif name in self.entries:
            line = self.place(key)[0]
            self.entries[name] = NoEntry(
                f"line {line} may take it out: {self.conditional(here)}", HINT, name
            )

    def set_zone(self, node: ast.expr, here: Here, *, may_be_other: bool = False) -> None:
        """The times are read in this zone; ``may_be_other``: unless it is no text, and so something
        else.
        """
        if may_be_other and not isinstance(_known(node, here), str):
            return
        self.places[(ZONE,)] = self.place(node)
        try:
            value = here.values.of(node)
        except NotLiteral as error:
            value = NoEntry(f"the time zone: {error}", "say it with --timezone, or " + HINT)
        if why := self.conditional(here):
            value = NoEntry(f"the time zone {why}", "say it with --timezone, or " + HINT)
        self.zone = value

    def refuse(self, node: ast.AST, message: str, name: str = "") -> None:
        """An entry, or more, that cannot be read."""
        self.add(
            NoEntry(f"{message}: it cannot be read without running it", HINT, name),
            self.place(node),
        )

    def add(self, refused: NoEntry, place: Place) -> None:
        """What no entry can be made of, under a name of its own if it has none."""
        key = refused.name or "line {}, column {}".format(*place)
        self.entries[key] = refused
        self.places[ROOT, key] = place

    def remark(self, node: ast.AST, message: str) -> None:
        self.remarks.append(Remark(self.place(node)[0], message, HINT))

    def unreadable(self, node: ast.AST, message: str) -> UnreadableFile:
        line, column = self.place(node)
        return UnreadableFile(
            f"{message}: it cannot be read without running it", line=line, column=column, hint=HINT
        )

    def place(self, node: ast.AST) -> Place:
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        # The offset counts bytes of UTF-8.
        before = (
            self.lines[line - 1].encode(errors="surrogatepass")[:offset]
            if line <= len(self.lines)
            else b""
        )
        return line, len(before.decode(errors="replace")) + 1

    def is_itself(self, node: ast.expr) -> bool:
        return id(node) in self.seen

    def start_over(self, target: str, node: ast.expr) -> None:
        line = self.place(node)[0]
        if self.entries:
            dropped = ", ".join(sorted(self.entries))[:200]
            self.remark(
                node,
                f"the schedule is set again here; what line {self._owner_line} says is over: "
                f"{dropped}",
            )
        self.entries.clear()
        self._owner, self._owner_line = target, line

    def other_owner(self, target: str, node: ast.expr, here: Here) -> str:
        """Why the entries of this dict may not be those that hold, where another name has the
        schedule already.
        """
        if self._owner is None and here.condition is None:
            return ""
        if self._owner in (None, target):
            return self.conditional(here)
        line = self._owner_line
        return (
            f"{target} is set as well as {self._owner} of line {line}: which holds cannot "
            "be read without running it"
        )

    def add_entries(
        self, node: ast.expr, more: ast.Dict | dict[str, Any], here: Here, why: str = ""
    ) -> None:
        if isinstance(more, ast.Dict):
            self.add_all(more, here, why)
        else:
            self.add_values(node, more, here, why)

    def add_all(self, node: ast.Dict, here: Here, why: str = "") -> None:
        names: set[str] = set()
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None and self.is_itself(value):
                continue
            if key is None:
                self.spread_in(value, here, why)
                continue
            name = self.name_of(key, here)
            if name in names:
                line, column = self.place(key)
                raise UnreadableFile(f"the entry {name!r} stands twice", line=line, column=column)
            names.add(name or "")
            self.put(key, value, here, why)

    def spread_in(self, node: ast.expr, here: Here, why: str) -> None:
        """``**more``: its entries, where the source says what they are."""
        more = _known_dict(node, here)
        if more is None:
            self.refuse(node, f"the entries of **{ast.unparse(node)[:60]} are not written out")
        else:
            self.add_values(node, more, here, why)

    def add_values(self, node: ast.expr, more: dict[str, Any], here: Here, why: str) -> None:
        for name, value in more.items():
            reason = why or self.conditional(here)
            self.entries[name] = NoEntry(reason, HINT, name) if reason else value
            self.places[ROOT, name] = self.place(node)

    def name_of(self, key: ast.expr | None, here: Here) -> str | None:
        try:
            name = here.values.of(key) if key is not None else None
        except NotLiteral:
            return None
        return name if isinstance(name, str) else None

    def conditional(self, here: Here) -> str:
        if here.condition is None:
            return ""
        line = self.place(here.condition)[0]
        return (
            f"is set only under the condition of line {line}, which cannot be read without "
            "running it"
        )

    def remember_members(self, path: JsonPath, node: ast.expr) -> None:
        """The places of the entry's members, and of those of its dicts."""
        if not isinstance(node, ast.Dict):
            return
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self.places[*path, key.value] = self.place(value)
                self.remember_members((*path, key.value), value)


def _spread(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values, strict=True) if key is None)


def _known(node: ast.expr, here: Here) -> Any:
    try:
        return here.values.of(node)
    except NotLiteral:
        return None


def _known_dict(node: ast.expr, here: Here) -> dict[str, Any] | None:
    """The dict that a name stands for, where the source says what is in it."""
    value = _known(node, here)
    return value if isinstance(value, dict) and _is_small(value) else None


def _is_small(value: Any) -> bool:
    """Whether writing it out is bounded: names may be used in one another, and each doubles."""
    waiting, count = [value], 0
    while waiting and count < MOST_VALUES:
        count += 1
        last = waiting.pop()
        waiting += (
            last.values() if isinstance(last, dict) else last if isinstance(last, list) else []
        )
    return not waiting
