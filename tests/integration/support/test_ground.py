"""What tests stand on does what it says."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.utils import timezone

from jobs.models import Job, Run
from tests.support import environment
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once


def test_the_database_is_the_one_that_was_asked_for() -> None:
    assert connection.vendor == environment.database()


def test_a_write_is_seen_over_the_lifecycle_connection() -> None:
    run = make_run()
    assert Run.objects.using("lifecycle").get(pk=run.pk).job_id == run.job_id


def test_two_connections_write_in_turn() -> None:
    job = make_job()
    Job.objects.using("lifecycle").filter(pk=job.pk).update(description="one")
    Job.objects.filter(pk=job.pk).update(owner="two")
    job.refresh_from_db()
    assert (job.description, job.owner) == ("one", "two")


@pytest.mark.parametrize("_round", [1, 2])
def test_nothing_is_left_by_another_test(_round: int) -> None:
    assert not Job.objects.exists()
    make_job(name="the only one")


def test_threads_have_connections_of_their_own() -> None:
    used = at_once([lambda: connections["default"] for _ in range(4)])
    assert len({id(connection) for connection in used}) == 4


def test_made_runs_are_due_at_once() -> None:
    run = make_run()
    assert list(Run.objects.ready(timezone.now())) == [run]


def test_a_broker_that_was_killed_comes_back_empty(broker: RedisServer) -> None:
    with broker.client() as client:
        client.set("key", "value")
    broker.restart()
    with broker.client() as client:
        assert client.get("key") is None
