"""Searching among very many jobs."""

from __future__ import annotations

import pytest
from django.db import connection

from jobs.access.actor import SYSTEM
from jobs.models import Job
from jobs.queries.jobs.filter import JobFilter, matching, near_names
from jobs.queries.jobs.listing import found_jobs
from tests.support.builders import make_job


def test_the_search_has_its_index() -> None:
    """A migration that rebuilds the table on SQLite takes it away, and has to make it anew."""
    if connection.vendor == "sqlite":
        plan = (
            matching(Job.objects.all(), JobFilter(search="sync")).order_by().values("pk").explain()
        )
        assert "COVERING INDEX job_search" in plan
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if not cursor.fetchone():
            pytest.skip("this PostgreSQL has no pg_trgm")
        cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = 'job_search'")
        assert cursor.fetchone()


def test_few_are_found_before_they_are_ordered_and_many_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.queries.paging.CAP", 3)
    for name in ("one", "two", "three"):
        make_job(name=name)
    found = found_jobs(JobFilter(search="t"), actor=SYSTEM)
    assert found.count == 3  # EchoTask
    assert sorted(job.name for job in found.jobs) == ["one", "three", "two"]
    make_job(name="four")
    found = found_jobs(JobFilter(search="t"), actor=SYSTEM)
    assert found.count == 4
    assert len(found.jobs) == 4


@pytest.mark.parametrize("search", ["", "ab", "%%%", "___", "biling-sync", "billing synk"])
def test_a_guess_is_a_name_that_is_nearly_alike(search: str) -> None:
    make_job(name="billing-sync")
    make_job(name="nightly")
    assert near_names(Job.objects.all(), search) == (
        ["billing-sync"] if search.startswith("bil") else []
    )
