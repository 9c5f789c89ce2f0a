"""The end of an integration test: an empty database, as Django's ``flush`` leaves it, in a small
part of the time.

``flush`` empties every table, then makes content types and permissions anew: half of what a test on
PostgreSQL took. A test leaves rows in a few tables. Those are emptied, and what ``flush`` would
make again stays.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = (ContentType, Permission)


class Emptying:
    """One test process's way to an empty database; ``flush`` does it where a test touched what is
    kept.
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[Any]] = {}

    def empty(self, alias: str) -> None:
        """Leave no row in this database but content types and permissions, which are those of the
        models.
        """
        if _kept(alias) == self._kept.get(alias):
            _delete_all(alias)
            return
        call_command("flush", verbosity=0, interactive=False, database=alias, reset_sequences=False)
        self._kept[alias] = _kept(alias)

    def install(self) -> None:
        """Let every test that commits end like this; Django has no hook for it."""
        emptying = self

        def teardown(case: Any) -> None:
            for alias in case._databases_names(include_mirrors=False):
                emptying.empty(alias)

        TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]  # private to Django


def _kept(alias: str) -> list[Any]:
    return [list(model.objects.using(alias).order_by("pk").values_list()) for model in KEPT]


@lru_cache
def _emptied(alias: str) -> list[str]:
    """The tables that are emptied, quoted."""
    connection = connections[alias]
    kept = {model._meta.db_table for model in KEPT}
    tables = set(connection.introspection.django_table_names(only_existing=True)) - kept
    return [connection.ops.quote_name(table) for table in sorted(tables)]


def _delete_all(alias: str) -> None:
    tables = _emptied(alias)
    any_row = " UNION ALL ".join(
        f"SELECT {n} WHERE EXISTS (SELECT 1 FROM {name})" for n, name in enumerate(tables)
    )
    # In one transaction, at whose end foreign keys are checked, so that the order does not matter.
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(any_row)
        for (number,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {tables[number]}")
