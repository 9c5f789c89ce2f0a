"""How a database would go about a query."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet


def plan_of(rows: QuerySet[Any]) -> str:
    """The plan, as if the tables were large: PostgreSQL reads a small one as a whole, whatever
    indexes there are.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL "
                    "enable_bitmapscan = off"
                )
        return rows.explain()
