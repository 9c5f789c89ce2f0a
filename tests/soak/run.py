"""One soak, from the start of ``bin/up`` to its end."""

from __future__ import annotations

import random
import time
from typing import NamedTuple

from tests.soak.load import Canceller, jobs
from tests.soak.looks import Look, look
from tests.support.processes import PYTHON, Process
from tests.support.promises import broken_promises
from tests.support.up import Up

LOOK_SECONDS = 5.0
FIRST_SECONDS = 30.0


class Soaked(NamedTuple):
    """What was seen meanwhile, and which promises the rows show to be broken at the end."""

    looks: list[Look]
    broken: list[str]


def soak(seconds: float, dice: random.Random) -> Soaked:
    """A ``bin/up`` of its own, SQLite and its embedded Redis, that works for so long."""
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
                print(
                    f"{(until - told) / 60:5.1f} min left: {looks[-1]}, {canceller.done} cancelled",
                    flush=True,
                )
            time.sleep(LOOK_SECONDS)
        return Soaked(looks, broken_promises(up.python))


def _token(up: Up) -> str:
    command = [PYTHON, "manage.py", "create_token", "admin", "--name", "soak"]
    process = Process(command, env=up.env, log_path=up.folder / "token.log")
    assert process.wait(seconds=60) == 0, process.log()
    return process.log().split()[-1]
