"""How much of a long list is read: one page by the key of its neighbour, and counts that stop at a
cap.

No COUNT and no OFFSET, however far one walks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

CAP = 1_000
PAGE = 50
Row = TypeVar("Row", bound=Model)
Key = Sequence[Any]


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """The rows in reading order, and whether there are more on either side."""

    rows: list[Row]
    more_before: bool
    more_after: bool


def keyset_page(
    rows: QuerySet[Row],
    fields: Sequence[str],
    *,
    descending: bool = False,
    after: Key | None = None,
    before: Key | None = None,
    size: int = PAGE,
) -> KeysetPage[Row]:
    """At most ``size`` rows ordered by ``fields`` (unique together) beyond ``after``, or just ahead
    of ``before``.
    """
    backwards = before is not None
    cursor = before if backwards else after
    falling = descending != backwards
    if cursor is not None:
        rows = rows.filter(_beyond(fields, cursor, "lt" if falling else "gt"))
    found = list(
        rows.order_by(*(f"-{field}" if falling else field for field in fields))[: size + 1]
    )
    more, found = len(found) > size, found[:size]
    if backwards:
        return KeysetPage(found[::-1], more_before=more, more_after=True)
    return KeysetPage(found, more_before=after is not None, more_after=more)


def _beyond(fields: Sequence[str], cursor: Key, than: str) -> Q:
    """Rows past the cursor; the first field alone bounds the index range."""
    if len(fields) == 1:
        return Q((f"{fields[0]}__{than}", cursor[0]))
    rest = Q((f"{fields[0]}__{than}", cursor[0])) | _beyond(fields[1:], cursor[1:], than)
    return Q((f"{fields[0]}__{than}e", cursor[0])) & rest


def capped_ids(rows: QuerySet[Any], most: int | None = None) -> list[Any]:
    """One query: the ids of these rows in whatever order is quickest, at most one more than
    ``most``, or than CAP.
    """
    return list(rows.order_by().values_list("pk", flat=True)[: (CAP if most is None else most) + 1])


def capped_count(rows: QuerySet[Any], most: int | None = None) -> int:
    """One query: how many there are, counted up to one more than ``most``, or than CAP, and no
    further.
    """
    return len(capped_ids(rows, most))


def is_capped(count: int) -> bool:
    """Whether the count stopped at the cap: there are more than that."""
    return count > CAP


def capped(count: int) -> str:
    """The count in words: ``1,000+`` where it stopped at the cap."""
    return f"{CAP:,}+" if is_capped(count) else f"{count:,}"
