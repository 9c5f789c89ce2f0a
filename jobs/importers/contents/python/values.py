"""The few expressions whose value is plain from the source: literals, sums of numbers, and Celery's
schedules.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

CRONTAB_FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
CRON_ORDER = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
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
    """Reads expressions where ``names`` have these values; ``aliases``: what Celery's names are
    called here.
    """

    def __init__(self, names: Mapping[str, Any], aliases: Mapping[str, str]) -> None:
        self._names = names
        self._aliases = aliases

    def of(self, node: ast.expr, depth: int = 0) -> Any:
        """The value, made of what JSON has; raises NotLiteral."""
        reader = READERS.get(type(node))
        if reader is None or depth > DEEPEST:
            raise NotLiteral(node)
        return reader(self, node, depth + 1)

    def read_name(self, node: Any, depth: int) -> Any:
        if node.id not in self._names:
            raise NotLiteral(node)
        return self._names[node.id]

    def read_constant(self, node: Any, depth: int) -> Any:
        if node.value is None or isinstance(node.value, str | int | float):
            return node.value
        raise NotLiteral(node)

    def read_list(self, node: Any, depth: int) -> list[Any]:
        return [self.of(item, depth) for item in node.elts]

    def read_set(self, node: Any, depth: int) -> list[Any]:
        return sorted(self.read_list(node, depth), key=lambda item: (str(type(item)), item))

    def read_dict(self, node: Any, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                members |= self.read_spread(value, depth)
                continue
            name = self.of(key, depth)
            if not isinstance(name, str):
                raise NotLiteral(key)
            members[name] = self.of(value, depth)
        return members

    def read_spread(self, node: ast.expr, depth: int) -> dict[str, Any]:
        value = self.of(node, depth)
        if not isinstance(value, dict):
            raise NotLiteral(node)
        return value

    def read_subscript(self, node: Any, depth: int) -> Any:
        holder, key = self.of(node.value, depth), self.of(node.slice, depth)
        try:
            return holder[key]
        except (KeyError, IndexError, TypeError):
            raise NotLiteral(node) from None

    def read_negative(self, node: Any, depth: int) -> Any:
        return self.read_number(
            node, lambda: -self.read_operand(node.operand, depth) if _is_minus(node) else None
        )

    def read_arithmetic(self, node: Any, depth: int) -> Any:
        calculate = OPERATORS.get(type(node.op))
        left, right = self.read_operand(node.left, depth), self.read_operand(node.right, depth)
        return self.read_number(node, lambda: calculate(left, right) if calculate else None)

    def read_operand(self, node: ast.expr, depth: int) -> Any:
        value = self.of(node, depth)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NotLiteral(node)
        return value

    def read_number(self, node: ast.expr, calculate: Callable[[], Any]) -> Any:
        try:
            value = calculate()
        except (ArithmeticError, ValueError):
            value = None
        if value is None or not abs(value) < LARGEST:
            raise NotLiteral(node)
        return value

    def read_call(self, node: Any, depth: int) -> Any:
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        name = self._aliases.get(name, name)
        if name == "solar":
            return {"solar": []}
        if name == "dict" and not node.args and all(word.arg for word in node.keywords):
            return {word.arg: self.of(word.value, depth) for word in node.keywords}
        if name == "total_seconds":
            return self.read_operand(node.func.value, depth)
        if name not in CALLS:
            raise NotLiteral(node, f"{name or 'this'}(…) cannot be read without running it")
        make, fields = CALLS[name]
        return make(node, self.read_arguments(node, fields, depth))

    def read_arguments(self, node: Any, fields: tuple[str, ...], depth: int) -> dict[str, Any]:
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


def _from_string(node: ast.expr, arguments: dict[str, Any]) -> Any:
    words = str(arguments.get("crontab", "")).split()
    if len(words) != len(CRON_ORDER):
        raise NotLiteral(node, "crontab.from_string takes five fields")
    return {"crontab": dict(zip(CRON_ORDER, words, strict=True))}


def _timedelta(node: ast.expr, arguments: dict[str, Any]) -> Any:
    try:
        return timedelta(**arguments).total_seconds()
    except (TypeError, OverflowError, ValueError) as error:
        raise NotLiteral(node, f"timedelta: {error}") from None


def _schedule(node: ast.expr, arguments: dict[str, Any]) -> Any:
    if "run_every" not in arguments:
        raise NotLiteral(node)
    return arguments["run_every"]


def _zone(node: ast.expr, arguments: dict[str, Any]) -> Any:
    return arguments.get("name", "")


def _converted(kind: Callable[[Any], Any]) -> Callable[[ast.expr, dict[str, Any]], Any]:
    def convert(node: ast.expr, arguments: dict[str, Any]) -> Any:
        try:
            return kind(arguments["x"])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise NotLiteral(node) from None

    return convert


READERS: dict[type[ast.AST], Callable[[Values, Any, int], Any]] = {
    ast.Constant: Values.read_constant,
    ast.Name: Values.read_name,
    ast.List: Values.read_list,
    ast.Tuple: Values.read_list,
    ast.Set: Values.read_set,
    ast.Dict: Values.read_dict,
    ast.Subscript: Values.read_subscript,
    ast.UnaryOp: Values.read_negative,
    ast.BinOp: Values.read_arithmetic,
    ast.Call: Values.read_call,
}
CALLS: dict[str, tuple[Callable[[ast.expr, dict[str, Any]], Any], tuple[str, ...]]] = {
    "crontab": (_crontab, CRONTAB_FIELDS),
    "from_string": (_from_string, ("crontab",)),
    "timedelta": (_timedelta, TIMEDELTA_FIELDS),
    "schedule": (_schedule, ("run_every",)),
    "int": (_converted(int), ("x",)),
    "float": (_converted(float), ("x",)),
    "str": (_converted(str), ("x",)),
    "timezone": (_zone, ("name",)),
    "ZoneInfo": (_zone, ("name",)),
}
