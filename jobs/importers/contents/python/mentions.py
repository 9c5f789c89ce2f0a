"""What in a Python source speaks of Celery's schedule, or of the zone in which it is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

SCHEDULES = frozenset({"beat_schedule", "celery_beat_schedule", "celerybeat_schedule"})
IS_CELERY = frozenset({"CELERY_TIMEZONE"})
IS_ZONE = frozenset({"timezone"})
CONFIGURATIONS = ("conf", "config", "Celery")


def is_schedule(node: ast.AST | None) -> bool:
    """A name, an attribute, an element or a key that Celery knows the schedule by."""
    if isinstance(node, ast.Subscript):
        return _is_text(node.slice)
    return _word(node).lower() in SCHEDULES or _is_text(node)


def element_of(node: ast.AST) -> ast.Subscript | None:
    """``node`` where it is one entry of the schedule."""
    return node if isinstance(node, ast.Subscript) and is_schedule(node.value) else None


def is_zone(node: ast.AST) -> bool:
    """A setting that names the time zone."""
    if isinstance(node, ast.Attribute):
        return node.attr in IS_ZONE and is_conf(node)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        text = node.slice.value
        return text in IS_CELERY or (text in IS_ZONE and is_conf(node.value))
    return _word(node) in IS_CELERY | IS_ZONE


def is_bare_zone(node: ast.AST) -> bool:
    """Whether only its name says so, which a variable of another meaning may have."""
    return isinstance(node, ast.Name) and node.id in IS_ZONE


def is_conf(node: ast.AST) -> bool:
    """Whether it belongs to a Celery app's configuration, or makes an app."""
    parts = ast.unparse(node).replace("(", ".").split(".")
    return any(part.endswith(CONFIGURATIONS) for part in parts)


def named_schedule(node: ast.AST, scope: str) -> str:
    """Which schedule is meant, where a source has more than one."""
    if isinstance(node, ast.Name):
        return f"{node.id} of {scope}" if scope else node.id
    return "the app's schedule"


def mentions(tree: ast.AST) -> Iterator[ast.AST]:
    """Every place that speaks of the schedule: the outermost node that does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key is not None and _is_text(key))
        elif _speaks(node):
            yield node


def _speaks(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return (node.arg or "").lower() in SCHEDULES
    if isinstance(node, ast.Subscript):
        return _is_text(node.slice)
    return _word(node).lower() in SCHEDULES or _word(node) == "add_periodic_task"


def _word(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_text(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lower() in SCHEDULES
    )
