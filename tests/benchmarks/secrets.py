"""What naming secrets costs a run: from the claimed params to the values that the body gets.

``bin/bench secrets [sqlite|postgresql] [runs]``

It brings a database of its own, and prints medians: of looking through params of 100 values that
name none, of handing out one, two and ten secrets, and of opening one of 64 KB.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

from tests.support.bench import choose_database, set_up

HERE = "worker@here"
MANY = 1_000


def main(database: str = "sqlite", runs: str = "200") -> None:
    choose_database(database)
    set_up()
    _measure(int(runs))


def _measure(runs: int) -> None:
    from jobs.redaction.references import names_in  # noqa: PLC0415
    from jobs.sealing import sealed, unsealed  # noqa: PLC0415
    from tests.support.builders import make_secret  # noqa: PLC0415

    plain = {f"key {number}": {"list": [number, "text"]} for number in range(50)}
    _show("params that name none", MANY, lambda: names_in(plain))
    names = [make_secret(f"secret-{number}").name for number in range(10)]
    for number in (1, 2, 10):
        _show(f"{number} handed out", runs, _handing_out(names[:number]))
    token = sealed("x" * 64 * 1024)
    _show("64 KB opened", MANY, lambda: unsealed(token))


def _handing_out(names: list[str]) -> Callable[[], object]:
    """What a pool child does between the claim of a run and its body."""
    from django.utils import timezone  # noqa: PLC0415

    from jobs.lifecycle.claim import claim  # noqa: PLC0415
    from jobs.lifecycle.message import Message  # noqa: PLC0415
    from jobs.lifecycle.secrets import hand_out  # noqa: PLC0415
    from jobs.models import Run  # noqa: PLC0415
    from tests.support.builders import make_job, make_run  # noqa: PLC0415

    due = timezone.now() - timedelta(seconds=1)
    run = make_run(make_job(), available_at=due)
    Run.objects.filter(pk=run.pk).update(published_at=run.created_at, publish_count=1)
    claimed = claim(Message(run.pk, 1, HERE, run.task, run.job.name))
    assert claimed
    return lambda: hand_out(claimed, names)


def _show(what: str, times: int, call: Callable[[], object]) -> None:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    print(f"{what:<22} {median(took) * 1000:8.3f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
