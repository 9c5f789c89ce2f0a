"""The bodies of runs: which jobs there are, how their bodies go, and a ledger of when each was at
work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FOREVER = float("inf")


@dataclass(frozen=True)
class Kind:
    """A job's definition, and what its bodies do: run for ``seconds``, fail in the first ``fails``
    attempts.

    ``poison`` kills its own process. One that is ``healthy`` ends well unless somebody else
    prevents it.
    """

    name: str
    every: int
    seconds: tuple[float, float]
    fails: int = 0
    poison: bool = False
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def is_healthy(self) -> bool:
        return (
            not self.poison
            and self.fails <= int(self.fields.get("max_retries") or 0)
            and not self.is_overdue
        )

    @property
    def is_overdue(self) -> bool:
        """Whether its time limit ends it."""
        limit = self.fields.get("timeout_seconds")
        return limit is not None and self.seconds[0] > limit

    @property
    def is_exclusive(self) -> bool:
        return bool(self.fields.get("overlap_policy"))


NEVER = 1_000
LONG = ("single", "long")
POOL, POOL_SLOTS = "narrow", 2
KINDS = {
    kind.name: kind
    for kind in (
        Kind("steady", 10, (0.5, 3)),
        Kind("brisk", 15, (1, 20), fields={"priority": 10}),
        Kind("turns", 20, (5, 30), fields={"overlap_policy": "queue"}),
        Kind("single", 20, (110, 170), fields={"overlap_policy": "skip"}),
        Kind("long", 60, (60, 110), fields={"overlap_policy": "skip", "misfire_policy": "all"}),
        Kind("newest", 30, (10, 50), fields={"overlap_policy": "cancel_running"}),
        Kind("pooled", 15, (5, 20), fields={"pool": POOL}),
        Kind("pooled-too", 30, (5, 20), fields={"pool": POOL, "overlap_policy": "queue"}),
        Kind("flaky", 40, (1, 5), fails=2, fields={"max_retries": 3, "retry_backoff_seconds": 2}),
        Kind(
            "hopeless",
            60,
            (1, 2),
            fails=NEVER,
            fields={"max_retries": 1, "retry_backoff_seconds": 2},
        ),
        Kind("poison", 90, (1, 2), poison=True),
        Kind("overdue", 60, (30, 40), fields={"timeout_seconds": 5}),
        Kind("limited", 60, (60, 100), fields={"timeout_seconds": 150}),
    )
}


@dataclass
class Body:
    """One attempt's body at work.

    ``naps`` are when its process was frozen; it does nothing then.
    """

    run: str
    kind: Kind
    attempt: int
    worker: str
    began: float
    ended: float = FOREVER
    how: str = ""
    naps: list[list[float]] = field(default_factory=list)

    def end(self, now: float, how: str) -> None:
        self.ended, self.how = now, how

    def __str__(self) -> str:
        return (
            f"{self.kind.name} attempt {self.attempt} on {self.worker} "
            f"({self.began:.1f}-{self.ended:.1f} s)"
        )


class Ledger:
    """Every body that began, in that order."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []

    def begin(self, body: Body) -> Body:
        self.bodies.append(body)
        return body

    def at_work(self) -> Iterator[Body]:
        return (body for body in self.bodies if body.ended == FOREVER)
