"""Worlds of fixed seeds, and of fresh ones: what holds in every history, whatever happens in it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from tests.simulation.hunt import Hunt, report

FIXED = (1, 4, 9)
FRESH = 2


def assert_nothing_is_broken(hunt: Hunt, seed: int) -> None:
    (result,) = hunt.over([seed])
    assert result.runs > 5, "a world in which nothing happens proves nothing"
    if result.broken:
        pytest.fail(report(result, hunt.shrink(result.plan)))


@pytest.mark.parametrize("seed", FIXED)
def test_the_promises_hold_in_the_world_of_a_fixed_seed(seed: int) -> None:
    assert_nothing_is_broken(Hunt(), seed)


def test_the_promises_hold_in_worlds_of_fresh_seeds(
    record_property: Callable[[str, object], None],
) -> None:
    first = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(1_000_000)) * FRESH
    record_property("repeated by", f"bin/simulate --from {first} --seeds {FRESH}")
    hunt = Hunt()
    for seed in range(first, first + FRESH):
        assert_nothing_is_broken(hunt, seed)
    record_property("steps a minute of processor time", hunt.steps_a_minute)
