"""Parts that refresh themselves: 304 as long as nothing happens, and what counts as something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.models import Alert, AlertKind, Queue, Run, RunState
from jobs.queries.site.change_token import change_token
from tests.support.builders import make_job, make_run, make_worker

FRAGMENTS = [
    "/admin/_f/dashboard/",
    "/admin/_f/header/",
    "/admin/beatwright/run/_f/rows/",
    "/admin/beatwright/run/_f/rows/?state=failed",
]
LIVE_PAGES = {
    "/admin/": "/admin/_f/dashboard/?window=24h",
    "/admin/beatwright/run/?state=failed": "/admin/beatwright/run/_f/rows/?state=failed",
}


@pytest.mark.parametrize("address", FRAGMENTS)
def test_a_part_is_sent_once_and_then_304_until_something_happens(
    boss: Client, address: str
) -> None:
    make_run(make_job())
    first = boss.get(address)
    again = boss.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert b"<html" not in first.content


@pytest.mark.parametrize("address", FRAGMENTS[2:])
def test_an_unchanged_part_costs_one_query_beside_session_and_user(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str
) -> None:
    tag = boss.get(address).headers["ETag"]
    with django_assert_num_queries(3):
        assert boss.get(address, headers={"if-none-match": tag}).status_code == 304


def test_two_people_and_two_ways_of_showing_times_have_different_tags(
    boss: Client, viewer: Client
) -> None:
    tags = {client.get(FRAGMENTS[0]).headers["ETag"] for client in (boss, viewer)}
    boss.post("/admin/times/", {"times": "utc"})
    assert len(tags | {boss.get(FRAGMENTS[0]).headers["ETag"]}) == 3


@pytest.mark.parametrize(("address", "part"), LIVE_PAGES.items())
def test_a_live_page_names_the_address_of_its_part_and_of_the_header(
    boss: Client, address: str, part: str
) -> None:
    make_job()
    html = boss.get(address).content.decode()
    assert f'data-live="{part}"' in html
    assert 'data-live="/admin/_f/header/"' in html


def ended(run: Run, now: datetime) -> Any:
    return Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED, finished_at=now)


def started(run: Run, now: datetime) -> Any:
    return Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, started_at=now, attempt=1)


def given_back(run: Run, now: datetime) -> Any:
    started(run, now)
    token_before = change_token(now=now)
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED)
    return token_before


@pytest.mark.parametrize(
    "happens",
    [
        ended,
        started,
        lambda run, now: make_run(run.job),
        lambda run, now: Queue.objects.create(name="default", paused_at=now),
        lambda run, now: make_worker(),
        lambda run, now: Alert.objects.create(
            kind=AlertKind.LATE, subject="x", opened_at=now, seen_at=now
        ),
    ],
)
def test_the_change_token_changes_with_what_a_live_page_shows(
    happens: Callable[[Run, datetime], Any],
) -> None:
    now = timezone.now()
    run = make_run()
    before = change_token(now=now)
    assert change_token(now=now) == before
    happens(run, now)
    assert change_token(now=now) != before


def test_the_change_token_changes_when_a_running_run_is_given_back() -> None:
    now = timezone.now()
    run = make_run()
    assert given_back(run, now) != change_token(now=now)


def test_a_worker_that_falls_silent_changes_the_change_token() -> None:
    now = timezone.now()
    make_worker(heartbeat_at=now)
    assert change_token(now=now) != change_token(now=now + timedelta(minutes=5))
