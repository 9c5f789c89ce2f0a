"""What stands where in a statement of Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def members_of(node: ast.Dict) -> list[tuple[ast.expr, ast.expr]]:
    return [
        (key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None
    ]


def entry_name(node: ast.Call) -> str:
    """The name of an entry that ``add_periodic_task`` makes, where it says one."""
    names = [
        word.value.value
        for word in node.keywords
        if word.arg == "name" and isinstance(word.value, ast.Constant)
    ]
    return str(names[0]) if names else ""


def names_bound(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds anew."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def names_changed(node: ast.AST) -> Iterator[str]:
    """The names whose value a method of its own may change in place."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            yield first_name(part.func)


def first_name(node: ast.expr) -> str:
    """The name in front of its elements and attributes."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def blocks_of(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if isinstance(block := getattr(node, name, None), list):
            yield block
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body
