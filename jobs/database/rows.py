"""Many rows as one table of a statement, without a placeholder for each value: that would cost more
than the rows do.

They go as texts, as the database itself writes them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter

from django.db import connection

Value = str | uuid.UUID | datetime | None
Column = tuple[str, Sequence[Value]]
TYPES = {"uuid": "uuid[]", "text": "text[]", "moment": "timestamptz[]"}
BETWEEN = "\x1f"  # stands in no id, moment or key


def rows_given(columns: Mapping[str, Column]) -> tuple[str, list[str]]:
    """SQL for ``FROM``, a table named ``given``, and its params.

    Each column has a kind (uuid, text or moment) and its values: as such, as the texts that the
    database writes, or None for NULL. No text is empty.
    """
    texts = {name: texts_of(values) for name, (_, values) in columns.items()}
    if connection.vendor == "postgresql":
        arrays = ", ".join(
            f"string_to_array(%s, '{BETWEEN}', '')::{TYPES[kind]}" for kind, _ in columns.values()
        )
        joined = [BETWEEN.join([text or "" for text in column]) for column in texts.values()]
        return f"unnest({arrays}) AS given ({', '.join(columns)})", joined
    parts = ", ".join(
        f"json_extract(value, '$[{number}]') AS {name}" for number, name in enumerate(columns)
    )
    rows = list(zip(*texts.values(), strict=True))
    return f"(SELECT {parts} FROM json_each(%s)) AS given", [json.dumps(rows)]  # noqa: S608


def texts_of(values: Sequence[Value]) -> list[str | None]:
    """The values as the database writes them."""
    as_id: Callable[[uuid.UUID], str] = (
        str if connection.vendor == "postgresql" else attrgetter("hex")
    )
    as_moment = _iso if connection.vendor == "postgresql" else _as_sqlite_writes
    return [
        value if value is None or isinstance(value, str) else
        as_id(value) if isinstance(value, uuid.UUID) else as_moment(value)
        for value in values
    ]  # fmt: skip


_iso = lru_cache(maxsize=1024)(datetime.isoformat)


@lru_cache(maxsize=1024)
def _as_sqlite_writes(moment: datetime) -> str:
    return str(connection.ops.adapt_datetimefield_value(moment))
