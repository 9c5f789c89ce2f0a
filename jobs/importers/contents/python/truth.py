"""Whether a condition holds, where its source says so."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from jobs.importers.contents.python.values import NotLiteral, Values

NEVER = frozenset({"TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'"})
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


def truth(test: ast.expr, values: Values) -> bool | None:
    """Whether it holds; None where only running the source could tell."""
    if ast.unparse(test) in NEVER:
        return False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        holds = truth(test.operand, values)
        return None if holds is None else not holds
    if isinstance(test, ast.BoolOp):
        return _joined(test, values)
    try:
        return _compared(test, values) if isinstance(test, ast.Compare) else bool(values.of(test))
    except (NotLiteral, TypeError, KeyError):
        return None


def _joined(test: ast.BoolOp, values: Values) -> bool | None:
    parts = [truth(part, values) for part in test.values]
    decides = isinstance(test.op, ast.Or)
    if decides in parts:
        return decides
    return None if None in parts else not decides


def _compared(test: ast.Compare, values: Values) -> bool | None:
    if len(test.ops) != 1 or type(test.ops[0]) not in COMPARE:
        return None
    return COMPARE[type(test.ops[0])](values.of(test.left), values.of(test.comparators[0]))
