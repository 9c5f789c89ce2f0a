"""A plan: all that one world is given. The same plan gives the same history.

A seed makes a plan; faults can be left out of one, which is how a failing one shrinks. Each seed
draws a few kinds of faults and gives it many of these: what happens once in a mixture of everything
happens often where it is the rule.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from tests.simulation.bodies import KINDS, LONG

FAULTY_SECONDS = 200.0  # faults begin and end within these
CALM_SECONDS = 130.0
STEPS = (
    "claiming",
    "ending",
    "body",
    "exclusive body",
    "taken",
    "take",
    "ack",
    "renew",
    "register",
    "record",
    "cancels",
)
TURNS = ("turn", "recovery", "reconcile", "waiting runs", "renew", "pauses")


@dataclass(frozen=True)
class Fault:
    """From ``at`` on, ``kind`` happens to ``target``, for ``seconds`` where it lasts.

    ``on``: not at that moment, but when a process of the target is next about to take such a step.
    """

    at: float
    kind: str
    target: str = ""
    seconds: float = 0.0
    on: str = ""

    def __str__(self) -> str:
        target, lasts = (
            f" {self.target}" if self.target else "",
            f" for {self.seconds:.1f} s" if self.seconds else "",
        )
        return f"{self.at:.1f} s: {self.kind}{target}{f' at {self.on!r}' if self.on else ''}{lasts}"


@dataclass(frozen=True)
class Plan:
    """``seed`` feeds the dice of every process; ``jobs`` are names of kinds; ``faults`` are in no
    order.
    """

    seed: int
    schedulers: int
    workers: int
    children: int
    jobs: tuple[str, ...]
    faults: tuple[Fault, ...]

    def text(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def read(cls, text: str) -> Plan:
        found: dict[str, Any] = json.loads(text)
        faults = tuple(Fault(**fault) for fault in found.pop("faults"))
        return cls(**{**found, "jobs": tuple(found["jobs"]), "faults": faults})


@dataclass(frozen=True)
class Drawn:
    """A kind of fault: how long it lasts, whom it may meet, at which steps it may strike."""

    kind: str
    seconds: tuple[float, float] = (0.0, 0.0)
    targets: str = ""
    steps: tuple[str, ...] = ()
    most: int = 12
    weight: int = 1


DRAWN = (
    Drawn("kill scheduler", (1, 20), "scheduler", TURNS),
    Drawn("freeze scheduler", (2, 60), "scheduler", TURNS),
    Drawn("kill main", (1, 10), "worker", STEPS, weight=2),
    Drawn("kill worker", (1, 20), "worker", STEPS),
    Drawn("power cut", (5, 15), "worker", STEPS, weight=2),
    Drawn("kill child", (0, 0), "worker", STEPS, most=1),
    Drawn("freeze child", (5, 25), "worker", ("taken", "claiming", "body", "ending"), most=6),
    Drawn(
        "freeze main",
        (60, 180),
        "worker",
        ("exclusive body", "exclusive body", "ack", "renew"),
        most=4,
        weight=4,
    ),
    Drawn("freeze worker", (5, 150), "worker", STEPS, most=4),
    Drawn("stop worker", (1, 10), "worker", most=6),
    Drawn("cut off", (5, 150), "site", most=5),
    Drawn("half open", (5, 150), "site", most=5),
    Drawn("lose answer", (0, 0), "site", ("claiming", "ending", *STEPS, *TURNS), most=30),
    Drawn("slow", (10, 60), "site", most=6),
    Drawn("database away", (1, 100), most=3),
    Drawn("broker away", (1, 60), most=4),
    Drawn("broker silent", (5, 60), most=3),
    Drawn("broker cut off", (5, 90), "site", most=5),
    Drawn("flush broker", most=4),
    Drawn("double messages", most=10),
    Drawn("shuffle messages", most=10),
    Drawn("restore messages", most=4),
    Drawn("lock row", (50, 120), most=8, weight=4),
    Drawn("clock ahead", (5, 90), most=1),
    Drawn("clock behind", (5, 90), most=1),
)
OPERATORS = (
    Drawn("run now", most=10),
    Drawn("cancel run", most=8),
    Drawn("cancel runs", most=3),
    Drawn("pause job", (5, 60), most=3),
    Drawn("pause queue", (5, 40), most=2),
    Drawn("requeue", most=4),
    Drawn("change job", most=3),
)


def draw(seed: int) -> Plan:
    """The plan of a seed."""
    dice = Random(seed)
    sites = {"scheduler": dice.choice((1, 2, 2, 3)), "worker": dice.choice((2, 2, 3))}
    jobs = tuple(sorted({dice.choice(LONG), *dice.sample(sorted(KINDS), dice.randint(2, 5))}))
    often = [kind for kind in DRAWN for _ in range(kind.weight)]
    kinds = [
        *dict.fromkeys(dice.sample(often, dice.randint(1, 4))),
        *dice.sample(OPERATORS, dice.randint(0, 3)),
    ]
    faults = [fault for kind in kinds for fault in _of_kind(kind, dice, sites, jobs)]
    return Plan(
        seed,
        sites["scheduler"],
        sites["worker"],
        dice.choice((3, 4)),
        jobs,
        tuple(sorted(faults, key=str)),
    )


def _of_kind(
    kind: Drawn, dice: Random, sites: dict[str, int], jobs: tuple[str, ...]
) -> list[Fault]:
    return [
        _fault(kind, dice, _target(kind, dice, sites, jobs))
        for _ in range(dice.randint(1, kind.most))
    ]


def _fault(kind: Drawn, dice: Random, target: str) -> Fault:
    """One that is over before the calm begins, unless it has to wait for its step."""
    seconds = round(dice.uniform(*kind.seconds), 1)
    at = round(dice.uniform(5, max(10, FAULTY_SECONDS - 10 - seconds)), 1)
    return Fault(
        at,
        kind.kind,
        target,
        seconds,
        dice.choice(kind.steps) if kind.steps and dice.random() < 0.7 else "",
    )


def _target(kind: Drawn, dice: Random, sites: dict[str, int], jobs: tuple[str, ...]) -> str:
    if kind in OPERATORS:
        return dice.choice(jobs)
    if not kind.targets:
        return ""
    site = dice.choice(sorted(sites)) if kind.targets == "site" else kind.targets
    return f"{site}-{dice.randint(1, sites[site])}"
