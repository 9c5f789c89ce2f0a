"""The product under a load of its own for minutes: nothing hangs in the default ``bin/up``, and
kills lose nothing.
"""

from __future__ import annotations

import random

import pytest

from tests.soak.kills import kill_at_random
from tests.soak.run import soak

MINUTES = 10


@pytest.mark.only_in_all(
    reason="ten minutes; test_stuck.py and test_sidecar.py hold what it is about, one by one"
)
@pytest.mark.timeout(1_200)
def test_nothing_hangs_in_ten_minutes_of_growing_shrinking_cancelling_and_overrunning() -> None:
    looks, broken = soak(MINUTES * 60, random.Random())

    assert looks
    assert [look for look in looks if not look.nothing_hangs] == []
    assert broken == []


@pytest.mark.only_in_all(
    reason="ten minutes each; the fault plan kills each kind of process by itself"
)
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
@pytest.mark.timeout(1_200)
def test_no_run_waits_two_minutes_while_schedulers_workers_and_redis_are_killed(
    database: str,
) -> None:
    killed = kill_at_random(MINUTES * 60, random.Random(), database)

    assert killed.done.total() > MINUTES
    assert killed.said == []
