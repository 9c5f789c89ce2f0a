"""Run it; prints a line a minute and a verdict, and ends with 1 if a look was not well or a promise
was broken.
"""

from __future__ import annotations

import argparse
import random
import sys

from tests.soak.kills import kill_at_random
from tests.soak.run import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument(
        "--kills", choices=("postgresql", "sqlite"), help="kill at random instead, on this database"
    )
    words = parser.parse_args()
    print(f"soak of {words.minutes:g} minutes, --seed {words.seed}", flush=True)
    seconds, dice = words.minutes * 60, random.Random(words.seed)
    return _kills(seconds, dice, words.kills) if words.kills else _soak(seconds, dice)


def _soak(seconds: float, dice: random.Random) -> int:
    looks, broken = soak(seconds, dice)
    ill = [one for one in looks if not one.is_well]
    for said in [
        *(f"not well: {one}" for one in ill[:5]),
        *(f"broken: {promise}" for promise in broken[:5]),
    ]:
        print(f"  {said}")
    print(f"{len(looks)} looks, {len(ill)} not well, {len(broken)} promises broken")
    return 1 if ill or broken or not looks else 0


def _kills(seconds: float, dice: random.Random, database: str) -> int:
    killed = kill_at_random(seconds, dice, database)
    for said in killed.said[:10]:
        print(f"  {said}")
    print(killed)
    return 1 if killed.said else 0


if __name__ == "__main__":
    sys.exit(main())
