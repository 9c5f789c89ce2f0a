"""What a scenario is given and what it leaves behind: its dice, and the figures of the summary
table.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.acceptance.faults.checker import Checker, Expected
from tests.acceptance.faults.plan import Planned
from tests.acceptance.faults.site import FaultSite


@dataclass
class Scenario:
    """One scenario on one database; ``dice`` depends on nothing but the seed, the number and the
    database.
    """

    planned: Planned
    seed: int
    database: str
    figures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.seed} {self.planned.number} {self.database}")

    def site(self, **more: Any) -> FaultSite:
        """A site on this scenario's database."""
        return FaultSite(self.database, **more)

    def figure(
        self, name: str, value: float, *, at_most: float | None = None, unit: str = ""
    ) -> None:
        """Note a figure for the table, and fail if it is above its bar."""
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.1f}"
        self.figures.append(f"{name} {shown} {unit}".strip())
        assert at_most is None or value <= at_most, f"{name}: {value} is above {at_most} {unit}"

    def exactly(self, name: str, value: int, wanted: int) -> None:
        """Note a count for the table, and fail if it is not what it must be."""
        self.figures.append(
            f"{name} {value:,}" if value == wanted else f"{name} {value:,} of {wanted:,}"
        )
        assert value == wanted, f"{name}: {value}, not {wanted}"

    def check(
        self,
        site: FaultSite,
        expected: Expected,
        *,
        triggered: int = 0,
        exclusive: tuple[str, ...] = (),
        pools: Mapping[str, int] | None = None,
    ) -> Checker:
        """I1–I9 at the end of a scenario; "lost" and "twice" go into the table."""
        checker = Checker(site, expected, triggered=triggered, exclusive=exclusive, pools=pools)
        self.exactly("lost", checker.lost, 0)
        self.exactly("twice", checker.twice, 0)
        checker.assert_holds()
        return checker

    def check_invariants(self, site: FaultSite, expected: Expected, *, triggered: int = 0) -> None:
        """I1–I9 where runs are meant to fail."""
        Checker(site, expected, triggered=triggered).assert_holds()


def seconds_between(earlier: datetime | float, later: datetime | float) -> float:
    """From one moment to another; either may be Unix seconds, as in a journal."""
    return _unix(later) - _unix(earlier)


def _unix(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment
