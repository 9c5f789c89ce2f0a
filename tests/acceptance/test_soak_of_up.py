"""The default ``bin/up`` under a load of its own: what the worker calls busy runs, at every look, and nothing hangs."""

from __future__ import annotations

import random

import pytest

from tests.soak.run import soak

MINUTES = 10


@pytest.mark.only_in_all(reason="ten minutes; test_stuck.py and test_sidecar.py hold what it is about, one by one")
@pytest.mark.timeout(1_200)
def test_nothing_hangs_in_ten_minutes_of_growing_shrinking_cancelling_and_overrunning() -> None:
    looks, broken = soak(MINUTES * 60, random.Random())

    assert looks
    assert [look for look in looks if not look.nothing_hangs] == []
    assert broken == []
