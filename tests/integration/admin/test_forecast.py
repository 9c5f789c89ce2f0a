"""The forecast: what starts in which hour of the week, and the jobs behind a cell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.models import Job
from tests.support.builders import make_calendar, make_job

FORECAST = "/admin/beatwright/forecast/"


def jobs_at(count: int, schedule: str, **fields: Any) -> None:
    """Many jobs of one schedule."""
    for number in range(count):
        make_job(name=f"{schedule} {number}", schedule=schedule, **fields)


def cells(context: Any) -> dict[str, Any]:
    return {cell.label.partition(":")[0]: cell for cell in context["heat"].cells}


def test_the_fullest_hour_is_the_darkest_and_names_its_starts(boss: Client) -> None:
    jobs_at(12, "0 2 * * *")
    make_job(name="hourly", schedule="30 * * * *")
    page = boss.get(FORECAST, {"week": "2027-01-13"}).context
    found = {cell.label: cell for cell in page["heat"].cells}
    assert len(found) == 168
    darkest = [label for label, cell in found.items() if cell.level == 8]
    assert len(darkest) == 7
    assert "Wed 13 Jan 02:00: 13 starts, 12 of them at 02:00" in darkest
    assert found["Wed 13 Jan 03:00: 1 start"].level < 8
    assert [figure for _, figure, _ in page["facts"]] == [f"{7 * 12 + 168}", "13", "12"]


def test_the_busiest_hour_is_open_until_another_is_chosen(boss: Client) -> None:
    jobs_at(3, "0 2 * * *")
    make_job(name="later", schedule="20 5 * * *")
    page = boss.get(FORECAST, {"week": "2027-01-13"}).context
    assert (page["count"], len(page["rows"])) == ("3 starts", 3)
    query = {"week": "2027-01-13", "at": "2027-01-14T05:00:00Z"}
    page = boss.get(FORECAST, query).context
    assert [(row.job, row.times) for row in page["rows"]] == [("later", 1)]
    assert [bar.label for bar in page["strip"]][20] == "05:20: 1 start"
    page = boss.get(FORECAST, query | {"minute": "2027-01-14T05:21:00Z"}).context
    assert (page["count"], page["rows"]) == ("0 starts", [])


def test_what_calendars_skip_does_not_start_and_what_they_move_starts_then(boss: Client) -> None:
    make_calendar("weekend", weekdays=["SAT", "SUN"])
    make_calendar("backups", weekdays=["WED"], applies_to="tags", tags=["quiet"])
    jobs_at(2, "0 2 * * *", calendars=["weekend"])
    make_job(name="moved", schedule="0 4 * * SUN", calendars=["weekend"], calendar_policy="next")
    make_job(name="quiet", schedule="0 6 * * *", tags=["quiet"])
    labels = {
        cell.label for cell in boss.get(FORECAST, {"week": "2027-01-13"}).context["heat"].cells
    }
    assert any(label.startswith("Fri 15 Jan 02:00: 2 starts") for label in labels)
    assert not any(label.startswith("Sat 16 Jan 02:00: 2") for label in labels)
    assert any(label.startswith("Mon 11 Jan 04:00: 1 start") for label in labels)
    assert not any(label.startswith("Sun 17 Jan 04:00: 1") for label in labels)
    assert any(label.startswith("Thu 14 Jan 06:00: 1 start") for label in labels)
    assert not any(label.startswith("Wed 13 Jan 06:00: 1") for label in labels)


def test_at_most_two_hundred_jobs_are_listed(boss: Client) -> None:
    jobs_at(205, "0 2 * * *")
    page = boss.get(FORECAST).context
    assert (len(page["rows"]), page["is_all"], page["count"]) == (200, False, "205 starts")


def test_jitter_counts_where_it_puts_a_start(boss: Client) -> None:
    jobs_at(40, "0 2 * * *", jitter_seconds=3_000)
    page = boss.get(FORECAST, {"week": "2027-01-13", "at": "2027-01-13T02:00Z"}).context
    by_minute = [bar.label for bar in page["strip"] if " 0 starts" not in bar.label]
    assert page["count"] == "40 starts"
    assert len(by_minute) > 10
    assert sum(row.times for row in page["rows"]) == 40


@pytest.mark.parametrize("choice", ["utc", "job"])
def test_the_week_is_drawn_in_the_zone_that_the_viewer_prefers(boss: Client, choice: str) -> None:
    make_job(name="berlin", schedule="0 2 * * *", timezone="Europe/Berlin")
    boss.post("/admin/times/", {"times": choice})
    page = boss.get(FORECAST, {"week": "2027-01-13"}).context
    hour = {"utc": "01", "job": "02"}[choice]
    assert page["zone"] == {"utc": "UTC", "job": "Europe/Berlin"}[choice]
    assert cells(page)[f"Wed 13 Jan {hour}"].text == "1"


def test_a_week_in_which_clocks_change_has_each_hour_once(boss: Client) -> None:
    make_job(name="berlin", schedule="* * * * *", timezone="Europe/Berlin")
    spring = boss.get(FORECAST, {"week": "2027-03-27"}).context
    assert len(spring["heat"].cells) == 167  # 02:00 of the Sunday does not exist
    autumn = boss.get(FORECAST, {"week": "2027-10-30"}).context
    assert cells(autumn)["Sun 31 Oct 02"].text == "120"


def test_paused_jobs_do_not_start_and_filters_narrow(boss: Client) -> None:
    make_job(name="off", schedule="0 2 * * *", enabled=False)
    make_job(name="mail", schedule="0 3 * * *", queue="mail", tags=["night"])
    make_job(name="other", schedule="0 4 * * *")
    for query in ({"queue": "mail"}, {"tag": "night"}, {"q": "mail"}):
        page = boss.get(FORECAST, query).context
        assert [row.job for row in page["rows"]] == ["mail"]
    assert boss.get(FORECAST, {"q": "off"}).context["jobs"] == 0
    assert "No job matches" in boss.get(FORECAST, {"q": "nothing"}).content.decode()


def test_intervals_that_began_at_different_times_are_counted_by_their_phase(boss: Client) -> None:
    anchors = datetime(2026, 11, 1, tzinfo=UTC)
    for number in range(30):
        job = make_job(schedule="@every 10m")
        job.state.anchor = anchors + timedelta(seconds=61 * number)
        job.state.save()
    page = boss.get(FORECAST, {"week": "2027-01-13"}).context
    assert {cell.text for cell in page["heat"].cells} == {"180"}


def test_the_page_costs_a_dozen_queries_however_many_jobs(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    jobs = [
        Job(name=f"job {n}", task="EchoTask", schedule=f"{n % 60} {n % 24} * * *", created_at=now)
        for n in range(300)
    ]
    for job in jobs:
        job.save()
    with django_assert_max_num_queries(12):
        page = boss.get(FORECAST).context
    assert page["jobs"] == 300


def test_only_who_sees_jobs_sees_the_forecast(client: Client) -> None:
    assert client.get(FORECAST).status_code == 302
