"""Whether two JSON values are the same to a person who wrote them."""

from __future__ import annotations

from typing import Any


def alike(one: Any, other: Any) -> bool:
    """Equal, minding that ``true`` is not ``1``; the order of an object's keys means nothing, nor
    does 1 beside 1.0.

    PostgreSQL keeps 1e22 as an integer, so the type of a number cannot be told apart after it was
    stored.
    """
    if one != other:
        return False
    if isinstance(one, dict):
        return all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return all(map(alike, one, other))
    return isinstance(one, bool) == isinstance(other, bool)
