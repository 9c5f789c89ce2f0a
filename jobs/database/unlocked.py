"""Rows that nobody else has locked: what a loop that has others to look after may change without
waiting.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


def unlocked(rows: Rows) -> Rows:
    """Those of ``rows`` that no other transaction holds, for one UPDATE, which locks them itself.

    The same rows where the database locks none, as SQLite does. Needs no transaction around it.
    """
    connection = connections[rows.db]
    if not connection.features.has_select_for_update_skip_locked:
        return rows
    sql, parameters = rows.order_by().values("pk").query.get_compiler(rows.db).as_sql()
    lock = connection.ops.for_update_sql(skip_locked=True, no_key=True)
    unlocked = RawSQL(f"{sql} {lock}", parameters)  # noqa: S611  # nosec B611
    return cast("Rows", rows.model._default_manager.using(rows.db).filter(pk__in=unlocked))
