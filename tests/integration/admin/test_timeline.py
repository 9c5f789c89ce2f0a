"""The timeline: bars to scale for what ran and what is expected, and how many at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.admin.night import drawing
from jobs.models import Job, JobHealth, Run
from tests.support.builders import make_job, make_run

TIMELINE = "/admin/beatwright/timeline/"
HOUR = timedelta(hours=1)


def ran(job: Job, began: datetime, seconds: float, state: str = "succeeded", **more: Any) -> Run:
    """A run that began then and took so long."""
    return make_run(
        job,
        state=state,
        scheduled_for=began,
        started_at=began,
        finished_at=began + timedelta(seconds=seconds),
        attempt=1,
        **more,
    )


def bars(page: Any) -> dict[str, list[drawing.DrawnBar]]:
    return {row.name: row.bars for row in page.context["rows"].rows}


def test_a_bar_stands_where_its_run_was_and_leads_to_it(boss: Client) -> None:
    job = make_job(name="sync", schedule="@manual")
    start = timezone.now().replace(second=0, microsecond=0) - 2 * HOUR
    run = ran(job, start + timedelta(minutes=60), 1_800)
    query = {"from": start.isoformat(), "to": (start + 4 * HOUR).isoformat()}
    page = boss.get(TIMELINE, query)
    [bar] = bars(page)["sync"]
    assert (bar.x, bar.width, bar.state) == (25.0, 12.5, "succeeded")
    assert bar.url.endswith(f"/run/{run.pk}/")
    assert bar.label.startswith("sync: succeeded, ")
    assert bar.label.endswith(", 30 min")
    assert page.context["now_x"] is not None


def test_what_is_due_is_expected_for_as_long_as_it_usually_takes(boss: Client) -> None:
    job = make_job(name="hourly", schedule="0 * * * *")
    JobHealth.objects.update(p50_ms=600_000)
    page = boss.get(TIMELINE, {"span": "6h"})
    found = bars(page)["hourly"]
    assert {bar.state for bar in found} == {"expected"}
    assert len(found) == 3
    assert found[0].width == pytest.approx(100 / 36, abs=0.02)
    assert found[0].url.endswith(f"/job/{job.pk}/")
    assert {(bar.begins.minute, bar.begins.second, bar.begins.microsecond) for bar in found} == {
        (0, 0, 0)
    }


def test_failed_skipped_and_running_runs_differ_by_more_than_colour(boss: Client) -> None:
    job = make_job(name="mixed", schedule="@manual")
    now = timezone.now()
    ran(job, now - 5 * HOUR, 600, "failed")
    make_run(job, state="skipped", scheduled_for=now - 3 * HOUR, finished_at=now - 3 * HOUR)
    make_run(job, state="running", started_at=now - HOUR, attempt=1, scheduled_for=now - HOUR)
    found = {bar.state: bar for bar in bars(boss.get(TIMELINE))["mixed"]}
    assert (found["failed"].mark != "", found["failed"].height) == (True, 16)
    assert found["skipped"].kind == "hatched"
    assert found["running"].kind == "solid"
    page = boss.get(TIMELINE).content.decode()
    assert "mixed: skipped, due " in page


def test_the_curve_names_how_many_ran_at_once_and_when(boss: Client) -> None:
    start = timezone.now().replace(second=0, microsecond=0) - 2 * HOUR
    for number in range(4):
        ran(make_job(schedule="@manual"), start + timedelta(minutes=10 * number), 1_500)
    query = {"from": start.isoformat(), "to": (start + 3 * HOUR).isoformat()}
    boss.post("/admin/times/", {"times": "utc"})
    curve = boss.get(TIMELINE, query).context["curve"]
    assert (curve.peak, curve.at) == (3, f"{start + timedelta(minutes=20):%H:%M}")
    assert curve.x == pytest.approx(100 * 20 / 180, abs=0.02)


@pytest.mark.parametrize(
    ("by", "names"), [("job", {"a", "b"}), ("queue", {"mail", "slow"}), ("worker", {"w1", "w2"})]
)
def test_rows_are_jobs_queues_or_workers(boss: Client, by: str, names: set[str]) -> None:
    now = timezone.now()
    for name, queue, worker in (("a", "mail", "w1"), ("b", "slow", "w2")):
        job = make_job(name=name, schedule="@manual", queue=queue)
        ran(job, now - HOUR, 60, worker=worker)
    assert set(bars(boss.get(TIMELINE, {"by": by}))) == names


def test_runs_of_one_row_that_overlap_stand_in_lanes(boss: Client) -> None:
    now = timezone.now()
    for minutes in (60, 50, 40):
        ran(make_job(schedule="@manual"), now - timedelta(minutes=minutes), 3_000)
    [row] = boss.get(TIMELINE, {"by": "queue"}).context["rows"].rows
    assert len({bar.y for bar in row.bars}) == 3


def test_many_short_runs_are_one_bar_that_says_how_many(boss: Client) -> None:
    job = make_job(name="often", schedule="@manual")
    now = timezone.now()
    for number in range(50):
        ran(job, now - timedelta(minutes=60) + timedelta(seconds=5 * number), 1)
    found = bars(boss.get(TIMELINE))["often"]
    assert len(found) < 5
    assert sum(len(bar.of) for bar in found) == 50
    assert f"{len(found[0].of)} runs succeeded" in found[0].label


def test_filters_narrow_the_rows_and_the_curve(boss: Client) -> None:
    now = timezone.now()
    for name, tags in (("keep", ["night"]), ("drop", [])):
        ran(make_job(name=name, schedule="@manual", tags=tags), now - HOUR, 600)
    page = boss.get(TIMELINE, {"tag": "night"})
    assert (list(bars(page)), page.context["curve"].peak) == (["keep"], 1)


def test_of_more_rows_the_busiest_are_shown_and_how_many_there_are(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_ROWS", 2)
    now = timezone.now()
    for number in range(4):
        job = make_job(name=f"job {number}", schedule="@manual")
        ran(job, now - HOUR, 60 + 600 * number)
    page = boss.get(TIMELINE)
    assert set(bars(page)) == {"job 2", "job 3"}
    assert "Showing the 2 busiest of 4 rows." in page.content.decode()


@pytest.mark.parametrize(
    ("query", "hours"),
    [({"span": "7d"}, 168), ({"span": "15m"}, 0.25), ({"span": "nonsense"}, 12), ({}, 12)],
)
def test_the_span_follows_now_unless_it_is_named(
    boss: Client, query: dict[str, str], hours: float
) -> None:
    shown = boss.get(TIMELINE, query).context["shown"]
    assert (shown.follows, shown.length) == (True, timedelta(hours=hours))


def test_a_span_is_kept_between_fifteen_minutes_and_a_week(boss: Client) -> None:
    query = {"from": "2027-01-01T00:00Z", "to": "2028-01-01T00:00Z"}
    assert boss.get(TIMELINE, query).context["shown"].length == timedelta(days=7)
    query["to"] = "2027-01-01T00:01Z"
    assert boss.get(TIMELINE, query).context["shown"].length == timedelta(minutes=15)


def test_the_fragment_is_not_sent_again_while_nothing_changes(boss: Client) -> None:
    ran(make_job(schedule="@manual"), timezone.now() - HOUR, 60)
    address = f"{TIMELINE}_f/?span=6h"
    first = boss.get(address)
    assert 'data-testid="timeline"' in first.content.decode()
    again = boss.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_page_costs_a_dozen_queries_however_many_runs(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    for number in range(40):
        ran(make_job(schedule="*/5 * * * *"), now - timedelta(minutes=number), 30)
    with django_assert_max_num_queries(12):
        boss.get(TIMELINE, {"q": "job", "by": "queue"})
