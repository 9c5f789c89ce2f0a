from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from jobs.execution.heart import Beating, renew
from jobs.lifecycle.claim import claim
from jobs.models import Run
from tests.integration.execution.delivery import HERE, message_of, published_run
from tests.support.eventually import eventually

PAST = timedelta(minutes=5)


def nearly_lost_run(worker: str = HERE) -> Run:
    """A running run whose lease has run out and has not been noticed."""
    run = published_run()
    assert claim(message_of(run, worker=worker))
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - PAST)
    return run


def lease_of(run: Run) -> Any:
    return Run.objects.get(pk=run.pk).lease_expires_at


def test_one_statement_renews_all_leases_of_the_worker(django_assert_num_queries: Any) -> None:
    runs = [nearly_lost_run() for _ in range(3)]

    with django_assert_num_queries(1, using="lifecycle"):
        assert renew(HERE, [run.id for run in runs]) == 3

    for run in runs:
        assert lease_of(run) == pytest.approx(timezone.now() + timedelta(seconds=60), abs=timedelta(seconds=3))


def test_a_run_that_another_worker_has_is_not_renewed() -> None:
    mine, theirs = nearly_lost_run(), nearly_lost_run("other@there")

    assert renew(HERE, [mine.id, theirs.id]) == 1

    assert lease_of(theirs) < timezone.now()


def test_a_run_that_is_over_is_not_renewed() -> None:
    run = nearly_lost_run()
    Run.objects.filter(pk=run.pk).update(state="failed")

    assert renew(HERE, [run.id]) == 0


def test_the_heart_beats_until_it_is_told_to_stop() -> None:
    run = nearly_lost_run()
    with override_settings(JOBS={"lease_renew_seconds": 0.05}):
        beating = Beating(HERE, lambda: [run.id])
        beating.start()
        eventually(lambda: lease_of(run) > timezone.now())
        beating.stopped.set()
        beating.join(10)

    assert not beating.is_alive()
