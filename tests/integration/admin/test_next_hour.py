"""The next hour on the first page: every occurrence of every job, and nothing that is due later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.support.builders import make_job

INDEX = "/admin/"


def next_hour(client: Client) -> Any:
    return client.get(INDEX).context["panels"]["next"].data


def test_the_next_hour_is_counted_by_the_minute(boss: Client) -> None:
    make_job(schedule="* * * * *")
    make_job(schedule="@every 30m")
    hour = next_hour(boss)
    assert hour.total == "62 runs of 2 jobs"
    assert sum(bar.height > 1 for bar in hour.bars) == 60
    assert len(hour.bars) == 60
    assert {row.times for row in hour.rows} == {60, 2}


def test_the_list_of_the_next_hour_holds_what_is_due_within_it(boss: Client) -> None:
    later = timezone.now() + timedelta(hours=7)
    make_job(name="later", schedule=later.isoformat(timespec="seconds"))
    hour = next_hour(boss)
    assert (hour.rows, hour.later.job) == ([], "later")
    assert "Nothing is due within the hour." in boss.get(INDEX).content.decode()
    make_job(name="soon", schedule="* * * * *")
    hour = next_hour(boss)
    assert ([row.job for row in hour.rows], hour.later) == (["soon"], None)


def test_the_next_hour_is_worked_out_within_bounds(boss: Client) -> None:
    for _ in range(3):
        make_job(schedule="* * * * * *")
    make_job(schedule="@every 1s")
    hour = next_hour(boss)
    assert hour.total.startswith("at least ")
