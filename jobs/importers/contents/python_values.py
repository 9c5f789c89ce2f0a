"""The few expressions whose value is plain from the source: literals, sums of numbers, and Celery's
schedules.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Any

CRONTAB_FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
TIMEDELTA_FIELDS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
LARGEST = 10**15
DEEPEST = 30


class NotLiteral(ValueError):
    """Only running the source could say what ``node`` is."""

    def __init__(self, node: ast.AST, message: str = "") -> None:
        shown = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else "this"
        super().__init__(message or f"{shown} cannot be read without running it")
        self.node = node


class Values:
    """Reads expressions of one module, whose plain constants it knows by name."""

    def __init__(self, module: ast.Module) -> None:
        self._constants = {
            target.id: node.value
            for node in module.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def of(self, node: ast.expr, depth: int = 0) -> Any:
        """The value, made of what JSON has; raises NotLiteral."""
        reader = READERS.get(type(node))
        if reader is None or depth > DEEPEST:
            raise NotLiteral(node)
        return reader(self, node, depth + 1)

    def _name(self, node: Any, depth: int) -> Any:
        if node.id not in self._constants:
            raise NotLiteral(node)
        return self.of(self._constants[node.id], depth)

    def _constant(self, node: Any, depth: int) -> Any:
        if node.value is None or isinstance(node.value, str | int | float):
            return node.value
        raise NotLiteral(node)

    def _list(self, node: Any, depth: int) -> list[Any]:
        return [self.of(item, depth) for item in node.elts]

    def _dict(self, node: Any, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            name = self.of(key, depth) if key is not None else None
            if not isinstance(name, str):
                raise NotLiteral(key or value)
            members[name] = self.of(value, depth)
        return members

    def _negative(self, node: Any, depth: int) -> Any:
        return self._number(
            node, lambda: -self._operand(node.operand, depth) if _is_minus(node) else None
        )

    def _arithmetic(self, node: Any, depth: int) -> Any:
        calculate = OPERATORS.get(type(node.op))
        left, right = self._operand(node.left, depth), self._operand(node.right, depth)
        return self._number(node, lambda: calculate(left, right) if calculate else None)

    def _operand(self, node: ast.expr, depth: int) -> Any:
        value = self.of(node, depth)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NotLiteral(node)
        return value

    def _number(self, node: ast.expr, calculate: Callable[[], Any]) -> Any:
        try:
            value = calculate()
        except (ArithmeticError, ValueError):
            value = None
        if value is None or not abs(value) < LARGEST:
            raise NotLiteral(node)
        return value

    def _call(self, node: Any, depth: int) -> Any:
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if name == "solar":
            return {"solar": []}
        if name not in CALLS:
            raise NotLiteral(node, f"{name or 'this'}(…) cannot be read without running it")
        make, fields = CALLS[name]
        return make(node, self._arguments(node, fields, depth))

    def _arguments(self, node: Any, fields: tuple[str, ...], depth: int) -> dict[str, Any]:
        named = dict(zip(fields, node.args, strict=False)) | {
            word.arg: word.value for word in node.keywords
        }
        unknown = [name for name in named if name not in fields]
        if unknown or len(node.args) > len(fields):
            raise NotLiteral(node)
        return {name: self.of(value, depth) for name, value in named.items()}


def _is_minus(node: Any) -> bool:
    return isinstance(node.op, ast.USub)


def _crontab(node: ast.expr, arguments: dict[str, Any]) -> Any:
    return {"crontab": arguments}


def _timedelta(node: ast.expr, arguments: dict[str, Any]) -> Any:
    try:
        return timedelta(**arguments).total_seconds()
    except (TypeError, OverflowError, ValueError) as error:
        raise NotLiteral(node, f"timedelta: {error}") from None


def _schedule(node: ast.expr, arguments: dict[str, Any]) -> Any:
    if "run_every" not in arguments:
        raise NotLiteral(node)
    return arguments["run_every"]


READERS: dict[type[ast.AST], Callable[[Values, Any, int], Any]] = {
    ast.Constant: Values._constant,
    ast.Name: Values._name,
    ast.List: Values._list,
    ast.Tuple: Values._list,
    ast.Set: Values._list,
    ast.Dict: Values._dict,
    ast.UnaryOp: Values._negative,
    ast.BinOp: Values._arithmetic,
    ast.Call: Values._call,
}
CALLS: dict[str, tuple[Callable[[ast.expr, dict[str, Any]], Any], tuple[str, ...]]] = {
    "crontab": (_crontab, CRONTAB_FIELDS),
    "timedelta": (_timedelta, TIMEDELTA_FIELDS),
    "schedule": (_schedule, ("run_every",)),
}
