"""Statements that every run needs, built by the ORM once and filled in each time.

Building the SQL anew costs more than running it: half of a pool child's time per run. Only values
change here, and each goes through its own field, as in the ORM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Field, Model, QuerySet, Value
from django.db.models.sql import InsertQuery, UpdateQuery

from jobs.lifecycle.connections import LIFECYCLE

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

    def execute(self, **values: Any) -> int:
        """Run it with a value for each slot; return how many rows it changed."""
        connection = connections[LIFECYCLE]
        sql, parameters = self._parts.get(connection.vendor) or self._parts.setdefault(
            connection.vendor, self.build()
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [_fill(parameter, values, connection) for parameter in parameters])
            return int(cursor.rowcount)


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
