"""The statements of a source in the order in which they run: what its names mean, and what fills
the schedule.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jobs.importers.contents.python.ledger import Here, Ledger
from jobs.importers.contents.python.mentions import (
    IS_CELERY,
    IS_ZONE,
    SCHEDULES,
    element_of,
    is_bare_zone,
    is_conf,
    is_schedule,
    is_zone,
    mentions,
    named_schedule,
)
from jobs.importers.contents.python.syntax import (
    blocks_of,
    entry_name,
    first_name,
    members_of,
    names_bound,
    names_changed,
)
from jobs.importers.contents.python.truth import truth
from jobs.importers.contents.python.values import NotLiteral, Values

CELERY = "celery"
Names = dict[str, Any]


class Walk:
    """Tells ``ledger`` what each statement does to the schedule; a mention that says nothing to it
    is refused.
    """

    def __init__(self, tree: ast.Module, ledger: Ledger) -> None:
        self._ledger = ledger
        self._aliases: dict[str, str] = {}
        self._read: set[int] = set()
        self._renamed: ast.expr | None = None
        self._functions: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, Names, str]] = []
        self.block(tree.body, {}, None, "")
        while self._functions:
            # What a module defines is called once it was read to its end.
            function, names, scope = self._functions.pop(0)
            own = {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}
            inside = {name: value for name, value in names.items() if name not in own}
            self.block(function.body, inside, None, scope)
        self.account(tree)

    def block(
        self, body: Sequence[ast.stmt], names: Names, condition: ast.AST | None, scope: str
    ) -> None:
        for statement in body:
            STATEMENTS.get(type(statement), Walk.other)(self, statement, names, condition, scope)

    def assign(self, node: Any, names: Names, condition: ast.AST | None, scope: str) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None:
            return
        here = Here(Values(names, self._aliases), condition, scope)
        for target in targets:
            self.set_target(target, node.value, here, names)
        self.expression(node.value, here)
        forget(names_changed(node.value), names)

    def set_target(self, target: ast.expr, value: ast.expr, here: Here, names: Names) -> None:
        ledger = self._ledger
        if is_schedule(target):
            ledger.seen.add(id(target))
            self.set_schedule(target, value, here)
        elif entry := element_of(target):
            ledger.seen.add(id(entry.value))
            ledger.put(entry.slice, value, here)
        elif is_zone(target) and not (is_bare_zone(target) and here.scope.endswith("()")):
            ledger.set_zone(value, here, may_be_other=is_bare_zone(target))
        if isinstance(target, ast.Name):
            self.bind(target.id, value, here, names)
        elif isinstance(target, ast.Subscript | ast.Attribute):
            names.pop(first_name(target), None)  # what it stands for has changed
        elif isinstance(target, ast.Tuple | ast.List):
            for item in target.elts:
                names.pop(getattr(item, "id", ""), None)

    def set_schedule(self, target: ast.expr, value: ast.expr, here: Here) -> None:
        for inside in ast.walk(value):
            if is_schedule(inside) and not isinstance(inside, ast.Call):
                self._ledger.seen.add(id(inside))
        if is_schedule(value):
            self._renamed = value  # another name for what was read already, if it was
            return
        self._ledger.assign(named_schedule(target, here.scope), value, here)

    def bind(self, name: str, value: ast.expr, here: Here, names: Names) -> None:
        names.pop(name, None)
        if here.condition is None:
            try:
                names[name] = here.values.of(value)
            except NotLiteral:
                return

    def aug_assign(self, node: Any, names: Names, condition: ast.AST | None, scope: str) -> None:
        here = Here(Values(names, self._aliases), condition, scope)
        if is_schedule(node.target) and isinstance(node.op, ast.BitOr):
            self._ledger.seen.add(id(node.target))
            self._ledger.update(node.value, here)
        elif not isinstance(node.target, ast.Name):
            names.pop(first_name(node.target), None)
        else:
            changed = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            self.bind(node.target.id, ast.copy_location(changed, node), here, names)
        self.expression(node.value, here)

    def delete(self, node: Any, names: Names, condition: ast.AST | None, scope: str) -> None:
        here = Here(Values(names, self._aliases), condition, scope)
        for target in node.targets:
            names.pop(first_name(target), None)
            if entry := element_of(target):
                self._ledger.seen.add(id(entry.value))
                self._ledger.remove(entry.slice, here)

    def branch(self, node: Any, names: Names, condition: ast.AST | None, scope: str) -> None:
        holds = truth(node.test, Values(names, self._aliases))
        for branch, runs in (
            (node.body, holds),
            (node.orelse, None if holds is None else not holds),
        ):
            if runs:
                self.block(branch, names, condition, scope)
            elif runs is None:
                self.block(branch, names, condition or node, scope)
            else:
                self.pass_over(branch, node)

    def pass_over(self, branch: Sequence[ast.stmt], node: ast.AST) -> None:
        found = [inside for statement in branch for inside in mentions(statement)]
        self._ledger.seen.update(map(id, found))
        if found:
            line = node.lineno  # type: ignore[attr-defined]
            told = f"not read: the condition of line {line} does not hold here"
            self._ledger.remark(found[0], told)

    def other(self, node: ast.stmt, names: Names, condition: ast.AST | None, scope: str) -> None:
        """A statement whose blocks may run or not, or that only says something."""
        here = Here(Values(names, self._aliases), condition, scope)
        for name in names_bound(node):
            names.pop(name, None)
        forget(names_changed(node), names)
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                self.expression(part, here)
        for block in blocks_of(node):
            runs_always = isinstance(node, ast.With | ast.AsyncWith)
            self.block(block, names, condition if runs_always else condition or node, scope)

    def function(self, node: Any, names: Names, condition: ast.AST | None, scope: str) -> None:
        here = Here(Values(names, self._aliases), condition, scope)
        for decorator in node.decorator_list:
            self.expression(decorator, here)
        names.pop(node.name, None)
        self._functions.append((node, names, f"{node.name}()"))

    def class_body(self, node: Any, names: Names, condition: ast.AST | None, scope: str) -> None:
        self.block(node.body, dict(names), condition, f"class {node.name}")

    def imported(self, node: Any, names: Names, condition: ast.AST | None, scope: str) -> None:
        for alias in node.names:
            names.pop(alias.asname or alias.name, None)
            if alias.asname and str(getattr(node, "module", "")).startswith((CELERY, "datetime")):
                self._aliases[alias.asname] = alias.name
            if alias.name.lower() in SCHEDULES:
                self._ledger.remark(
                    node, f"what {alias.name} holds in {node.module} is not in this file"
                )

    def expression(self, node: ast.expr, here: Here) -> None:
        """What a call, or a dict that is handed on, sets."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                self.call(part, here)
            elif isinstance(part, ast.Dict) and id(part) not in self._read:
                self.members(members_of(part), here)

    def call(self, node: ast.Call, here: Here) -> None:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        holder = node.func.value if isinstance(node.func, ast.Attribute) else None
        if method == "add_periodic_task":
            self._ledger.seen.add(id(node.func))
            self._ledger.refuse(node, "add_periodic_task makes an entry", entry_name(node))
        elif holder is not None and is_schedule(holder) and method in CHANGES:
            self._ledger.seen.add(id(holder))
            CHANGES[method](self, node, here)
        else:
            words = [
                (ast.copy_location(ast.Constant(word.arg), word), word.value)
                for word in node.keywords
            ]
            in_conf = is_conf(node.func)
            self.members(words, here, in_conf=in_conf)
            for part in node.args if in_conf else ():
                if isinstance(part, ast.Dict):
                    self._read.add(id(part))
                    self.members(members_of(part), here, in_conf=True)
            self._ledger.seen.update(
                id(word) for word in node.keywords if (word.arg or "").lower() in SCHEDULES
            )

    def members(
        self, pairs: Sequence[tuple[ast.expr, ast.expr]], here: Here, *, in_conf: bool = False
    ) -> None:
        """Settings by name: the schedule, and beside it, or in the app's own configuration, the
        time zone.
        """
        texts = [(key.value, key, value) for key, value in pairs if isinstance(key, ast.Constant)]
        has_schedule = False
        for text, key, value in texts:
            if str(text).lower() in SCHEDULES:
                has_schedule = True
                self._ledger.seen.add(id(key))
                self.set_schedule(key, value, here)
        for text, _, value in texts:
            if text in IS_CELERY or (text in IS_ZONE and (in_conf or has_schedule)):
                self._ledger.set_zone(value, here)

    def update(self, node: ast.Call, here: Here) -> None:
        for part in node.args:
            self._ledger.update(part, here)
        for word in node.keywords:
            if word.arg is None:
                self._ledger.refuse(word.value, "entries are added that are not written out")
            else:
                self._ledger.put(
                    ast.copy_location(ast.Constant(word.arg), word.value), word.value, here
                )

    def set_default(self, node: ast.Call, here: Here) -> None:
        if len(node.args) == 2:
            self._ledger.put(node.args[0], node.args[1], here)

    def take_out(self, node: ast.Call, here: Here) -> None:
        if node.args:
            self._ledger.remove(node.args[0], here)

    def account(self, tree: ast.Module) -> None:
        """Whatever mentions the schedule and was not read may change it: it is named."""
        if self._renamed is not None and not self._ledger.is_set:
            self._ledger.refuse(self._renamed, "the schedule is set in another file")
        for node in mentions(tree):
            if id(node) not in self._ledger.seen:
                self._ledger.refuse(node, "the schedule is used here in a way that may change it")


def forget(changed: Iterable[str], names: Names) -> None:
    """A dict or a list that a method of its own was called on is not known any more."""
    for name in changed:
        if isinstance(names.get(name), dict | list):
            del names[name]


Statement = Callable[[Walk, Any, Names, ast.AST | None, str], None]
STATEMENTS: dict[type[ast.stmt], Statement] = {
    ast.Assign: Walk.assign,
    ast.AnnAssign: Walk.assign,
    ast.AugAssign: Walk.aug_assign,
    ast.Delete: Walk.delete,
    ast.If: Walk.branch,
    ast.FunctionDef: Walk.function,
    ast.AsyncFunctionDef: Walk.function,
    ast.ClassDef: Walk.class_body,
    ast.Import: Walk.imported,
    ast.ImportFrom: Walk.imported,
}
CHANGES: dict[str, Callable[[Walk, ast.Call, Here], None]] = {
    "update": Walk.update,
    "setdefault": Walk.set_default,
    "pop": Walk.take_out,
}
