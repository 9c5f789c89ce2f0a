from __future__ import annotations

from typing import Any

import pytest

from jobs.lifecycle.backoff import Backoff


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (5000, 3600)]
)
def test_each_failure_doubles_the_wait_up_to_the_cap(failures: int, seconds: float) -> None:
    assert Backoff(jitter=False).delay(failures) == seconds


def test_jitter_spreads_the_wait_by_a_fifth_either_way() -> None:
    waits = [Backoff(base=100).delay(1) for _ in range(500)]

    assert 80 <= min(waits) < 90
    assert 110 < max(waits) <= 120


def test_a_job_that_says_nothing_has_no_back_off_of_its_own() -> None:
    assert Backoff.of_job(None, None, None) is None


def test_what_a_job_leaves_open_has_its_default() -> None:
    assert Backoff.of_job(5, None, None) == Backoff(base=5, cap=3600, jitter=True)
    assert Backoff.of_job(None, 60, False) == Backoff(base=10, cap=60, jitter=False)


def test_a_wait_of_nothing_is_possible() -> None:
    assert Backoff.of_job(0, None, None) == Backoff(base=0)
    assert Backoff(base=0).delay(3) == 0


def test_the_first_wait_of_jobs_that_say_nothing_can_be_set_for_all(settings: Any) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"retry_base_seconds": 0.5}
    assert Backoff(jitter=False).delay(2) == 1
    assert Backoff.of_job(None, 60, False) == Backoff(base=0.5, cap=60, jitter=False)
