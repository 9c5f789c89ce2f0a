"""Pools: what one writes, and what one reads."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from jobs.actions.pools import LIMITS, LONGEST_DESCRIPTION
from jobs.api.shapes.base import Answer, Body, Integral, Stamp
from jobs.api.shapes.jobs import drop_defaults


def _limit(field: str, what: str) -> Any:
    least, most = LIMITS[field]
    return Field(ge=least, le=most, description=f"{what}; null: no limit.")


Slots = Annotated[int, _limit("slots", "So many runs at once"), Integral]
Cpu = Annotated[int, _limit("cpu", "What its runs may need together"), Integral]
Memory = Annotated[int, _limit("memory", "As cpu, in a unit of your own"), Integral]
Storage = Annotated[int, _limit("storage", "As cpu, in a unit of your own"), Integral]


class PoolPatch(Body):
    """The fields that change; a pool's name stays."""

    model_config = ConfigDict(json_schema_extra=drop_defaults)

    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    slots: Slots | None = None
    cpu: Cpu | None = None
    memory: Memory | None = None
    storage: Storage | None = None

    def values(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewPool(PoolPatch):
    """A pool as one writes it: what is left out is not limited."""

    name: str = Field(min_length=1, max_length=100, examples=["gpu"])


class PoolUse(Answer):
    """What the published and the running runs take together."""

    slots: int
    cpu: int
    memory: int
    storage: int


class PoolAnswer(Answer):
    """`waiting` counts the runs that are due and do not fit yet, up to 1,001; `jobs` those that
    name the pool.
    """

    name: str
    description: str
    slots: int | None
    cpu: int | None
    memory: int | None
    storage: int | None
    created_at: Stamp
    updated_at: Stamp
    used: PoolUse
    waiting: int
    jobs: int


class Pools(Answer):
    results: list[PoolAnswer]
