"""Run it; prints a line a minute and a verdict, and ends with 1 if a look was not well."""

from __future__ import annotations

import argparse
import random
import sys
import time

from tests.soak.load import Canceller, jobs
from tests.soak.looks import Look, look
from tests.support.processes import PYTHON, Process
from tests.support.up import Up

LOOK_SECONDS = 5.0
FIRST_SECONDS = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    words = parser.parse_args()
    print(f"soak of {words.minutes:g} minutes, --seed {words.seed}", flush=True)  # noqa: T201
    looks = list(soak(words.minutes * 60, random.Random(words.seed)))
    ill = [one for one in looks if not one.is_well]
    for one in ill[:5]:
        print(f"  not well: {one}")  # noqa: T201
    print(f"{len(looks)} looks, {len(ill)} not well")  # noqa: T201
    return 1 if ill or not looks else 0


def soak(seconds: float, dice: random.Random) -> list[Look]:
    """The looks at a ``bin/up`` of its own, SQLite and its embedded Redis, that works for so long."""
    looks: list[Look] = []
    with Up() as up:
        up.schedule(**jobs())
        up.start()
        canceller = Canceller(up, _token(up), dice)
        time.sleep(FIRST_SECONDS)
        until, told = time.monotonic() + seconds, 0.0
        while time.monotonic() < until:
            looks.append(look(up))
            canceller.strike()
            if time.monotonic() - told > 60:
                told = time.monotonic()
                print(f"{(until - told) / 60:5.1f} min left: {looks[-1]}, {canceller.done} cancelled", flush=True)  # noqa: T201
            time.sleep(LOOK_SECONDS)
    return looks


def _token(up: Up) -> str:
    command = [PYTHON, "manage.py", "create_token", "admin", "--name", "soak"]
    process = Process(command, env=up.env, log_path=up.folder / "token.log")
    assert process.wait(seconds=60) == 0, process.log()
    return process.log().split()[-1]


if __name__ == "__main__":
    sys.exit(main())
