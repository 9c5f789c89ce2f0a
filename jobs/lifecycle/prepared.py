"""Statements that every run needs, built by the ORM once and filled in each time.

Building the SQL anew costs more than running it: half of a pool child's time per run. Only values
change here, and each goes through its own field, as in the ORM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import connections, transaction
from django.db.models import Field, Model, QuerySet, Value
from django.db.models.sql import InsertQuery, UpdateQuery

from jobs.lifecycle.connections import LIFECYCLE

FROM_CHANGED = "FROM changed"
Parts = tuple[str, tuple[Any, ...]]
Row = TypeVar("Row")


class Slot(Value):
    """Where a value of the name ``value`` goes at each execution."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


def slot(name: str, output_field: Field[Any, Any]) -> Slot:
    return Slot(name, output_field=output_field)


@dataclass
class Prepared:
    """``build`` gives the SQL and its parameters, for the lifecycle connection; called once per
    kind of database.
    """

    build: Callable[[], Parts]
    _parts: dict[str, Parts] = field(default_factory=dict)

    def execute(self, *, using: str = LIFECYCLE, **values: Any) -> int:
        """Run it with a value for each slot, on ``using``, which is the same database; return how
        many rows it changed.
        """
        connection = connections[using]
        sql, parameters = self.parts(connection.vendor)
        with connection.cursor() as cursor:
            cursor.execute(sql, [_fill(parameter, values, connection) for parameter in parameters])
            return int(cursor.rowcount)

    def parts(self, vendor: str) -> Parts:
        return self._parts.get(vendor) or self._parts.setdefault(vendor, self.build())


class GuardedPair:
    """A guarded UPDATE of a run, and what is written of its attempt: both, or neither.

    PostgreSQL gets them as one statement, which is its own transaction: one exchange instead of
    four. SQLite, where an exchange is a call, has no such statement.
    """

    def __init__(self, guard: Prepared, attempt: Prepared) -> None:
        self.guard, self.attempt = guard, attempt
        self._whole = Prepared(self._joined)

    def execute(self, *, using: str = LIFECYCLE, **values: Any) -> int:
        """Run both with a value for each slot, on ``using``, which is the same database; return how
        many rows the guard changed.
        """
        if connections[using].vendor == "postgresql":
            return self._whole.execute(using=using, **values)
        with transaction.atomic(using=using, savepoint=False):
            changed = self.guard.execute(using=using, **values)
            if changed:
                self.attempt.execute(using=using, **values)
            return changed

    def _joined(self) -> Parts:
        """The last SELECT has a row for each that the guard changed, whatever the other did."""
        guard, guard_parameters = self.guard.parts("postgresql")
        attempt, attempt_parameters = self.attempt.parts("postgresql")
        steps = (f"WITH changed AS ({guard} RETURNING 1),", f"attempt AS ({_if_changed(attempt)})")
        return " ".join((*steps, "SELECT 1", FROM_CHANGED)), guard_parameters + attempt_parameters


def _if_changed(sql: str) -> str:
    """An INSERT of a row, or an UPDATE with a WHERE; idle where ``changed`` has no row."""
    columns, is_insert, values = sql.partition(" VALUES (")
    if is_insert:
        return " ".join((columns, "SELECT", values.removesuffix(")"), FROM_CHANGED))
    return f"{sql} AND EXISTS (SELECT 1 {FROM_CHANGED})"


@dataclass
class PreparedRow(Generic[Row]):
    """A SELECT of at most one row; ``build`` gives a queryset, and ``row`` is called with its
    ``columns``.
    """

    build: Callable[[], QuerySet[Any, Any]]
    row: Callable[..., Row]
    columns: tuple[str, ...]
    _compilers: dict[str, tuple[Any, Parts, Any]] = field(default_factory=dict)

    def fetch(self, **values: Any) -> Row | None:
        """The row with a value for each slot, its columns as the ORM gives them."""
        connection = connections[LIFECYCLE]
        known = self._compilers.get(connection.vendor) or self._compilers.setdefault(
            connection.vendor, self._compile()
        )
        compiler, (sql, parameters), converters = known
        with connection.cursor() as cursor:
            cursor.execute(sql, [_fill(parameter, values, connection) for parameter in parameters])
            rows = cursor.fetchmany(1)
        found = next(iter(compiler.apply_converters(rows, converters)), None)
        return None if found is None else self.row(*found)

    def _compile(self) -> tuple[Any, Parts, Any]:
        compiler = self.build().values_list(*self.columns).query.get_compiler(LIFECYCLE)
        sql, parameters = compiler.as_sql()
        return (
            compiler,
            (sql, tuple(parameters)),
            compiler.get_converters([column[0] for column in compiler.select]),
        )


def _fill(parameter: Any, values: dict[str, Any], connection: Any) -> Any:
    if isinstance(parameter, Slot):
        return parameter.output_field.get_db_prep_value(values[parameter.value], connection)
    return parameter


def prepared_update(queryset: QuerySet[Any, Any], **changes: Any) -> Parts:
    query: Any = queryset.query.chain(UpdateQuery)
    query.add_update_values(changes)
    sql, parameters = query.get_compiler(LIFECYCLE).as_sql()
    return sql, tuple(parameters)


def prepared_insert(row: Model) -> Parts:
    """Every column is written as ``row`` has it; nothing is filled in, not even a time of
    creation.
    """
    query: Any = InsertQuery(type(row))
    query.insert_values(
        [f for f in type(row)._meta.concrete_fields if not f.primary_key], [row], raw=True
    )
    [(sql, parameters)] = query.get_compiler(LIFECYCLE).as_sql()
    return sql, tuple(parameters)
