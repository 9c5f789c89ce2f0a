"""The command line of the simulator: see bin/simulate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import django

from tests.support import environment


def main() -> int:
    words = _words()
    django.setup()
    from scheduler_site.celery import app  # noqa: PLC0415 - Django is set up only now
    from tests.simulation import hunt, plan  # noqa: PLC0415

    app.set_current()
    hunting = hunt.Hunt(*words.without)
    if words.plan:
        result = hunting.play(plan.Plan.read(Path(words.plan).read_text()))
        _say(*result.history, *result.broken)
        return bool(result.broken)
    seeds = range(words.first, words.first + words.seeds)
    for result in hunting.over(seeds):
        _say(
            f"seed {result.plan.seed}: {result.steps:,} steps, {result.runs} runs, "
            f"{len(result.broken)} violations"
        )
        if result.broken:
            shrunk = hunting.shrink(result.plan)
            _say(hunt.report(result, shrunk))
            if words.keep:
                _say(f"kept in {hunt.keep(shrunk.plan, words.keep)}")
            return 1
    _say(
        f"{hunting.steps:,} steps, {hunting.steps_a_minute:,} a minute of processor time; "
        "nothing found"
    )
    return 0


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/simulate", description="Hunt for faults of the core, seed by seed."
    )
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds to play")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first of them")
    parser.add_argument(
        "--without", action="append", default=[],
        choices=("holding", "losses", "skipping", "switch"),
        help="take a fix out of the core, to see that its absence is found",
    )  # fmt: skip
    parser.add_argument("--plan", help="play this file instead of seeds, and print its history")
    parser.add_argument(
        "--keep",
        metavar="NAME",
        help="put the shrunk plan of what is found into tests/simulation/kept",
    )
    return parser.parse_args()


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    assert environment.database() == "sqlite", "the simulator brings its own database"
    sys.exit(main())
