"""A hunt: one seed after another, and all that is needed to repeat, understand and keep what is
found.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.simulation.plan import Plan, draw
from tests.simulation.shrinking import Shrinking
from tests.simulation.switches import without
from tests.simulation.system import Result, simulate

KEPT = Path(__file__).parent / "kept"
SHOWN = 5


class Hunt:
    """``steps`` and ``seconds`` (of this process's own time) add up over what was played."""

    def __init__(self, *taken_out: str) -> None:
        self.taken_out = taken_out
        self.steps, self.seconds = 0, 0.0

    def play(self, plan: Plan) -> Result:
        began = time.process_time()
        with without(*self.taken_out):
            result = simulate(plan)
        self.steps += result.steps
        self.seconds += time.process_time() - began
        return result

    def over(self, seeds: Iterable[int]) -> Iterator[Result]:
        """What came of each seed."""
        return (self.play(draw(seed)) for seed in seeds)

    def shrink(self, plan: Plan) -> Result:
        """The smallest plan that was found to fail as well, played once more."""
        return self.play(Shrinking(plan, lambda smaller: bool(self.play(smaller).broken)).shrunk())

    @property
    def steps_a_minute(self) -> int:
        return int(self.steps / self.seconds * 60) if self.seconds else 0


def report(result: Result, shrunk: Result) -> str:
    """For whoever meets the failure: what is broken, the history of the shrunk plan, and that plan
    itself.
    """
    plan = result.plan
    return "\n".join(
        [
            f"seed {plan.seed} ({len(plan.faults)} faults), shrunk to {len(shrunk.plan.faults)}:",
            *_first(shrunk.broken),
            "",
            *shrunk.history,
            "",
            "The shrunk plan, to be kept in tests/simulation/kept:",
            shrunk.plan.text(),
            f"bin/simulate --from {plan.seed} --seeds 1 finds it again.",
        ]
    )


def _first(broken: Sequence[str]) -> list[str]:
    more = [f"… and {len(broken) - SHOWN} more"] if len(broken) > SHOWN else []
    return [*broken[:SHOWN], *more]


def keep(plan: Plan, name: str) -> Path:
    """Put a plan among those that every run of the tests plays."""
    path = KEPT / f"{name}.json"
    path.write_text(plan.text() + "\n")
    return path


def kept() -> dict[str, Plan]:
    return {path.stem: Plan.read(path.read_text()) for path in sorted(KEPT.glob("*.json"))}
