"""The page that orders a backfill."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from jobs.models import Backfill, Job, Run, RunState
from tests.support.builders import make_job


def url(job: Job) -> str:
    return f"/admin/beatwright/job/{job.pk}/backfill/"


def filled(**changes: Any) -> dict[str, Any]:
    return {
        "start": "2026-05-04T00:00",
        "end": "2026-05-06T00:00",
        "concurrency": "2",
        "order": "",
        **changes,
    }


def test_what_would_run_is_shown_and_nothing_is_started(boss: Client) -> None:
    job = make_job(schedule="0 */6 * * *", timezone="Europe/Berlin")
    context = boss.post(url(job), filled(_show="")).context
    assert context["total"] == 8
    assert context["moments"][0].text.endswith("00:00 CEST")
    assert not Run.objects.exists()


def test_start_writes_the_runs_at_the_pace_that_was_asked_for(boss: Client) -> None:
    job = make_job(schedule="0 */6 * * *")
    response = boss.post(url(job), filled(_start="", order="newest", stop_on_failure="on"))
    backfill = Backfill.objects.get()
    assert response.headers["Location"] == f"/admin/beatwright/job/{job.pk}/"
    assert (backfill.concurrency, backfill.newest_first, backfill.stop_on_failure) == (
        2,
        True,
        True,
    )
    assert backfill.created_by == "boss"
    assert [run.state for run in Run.objects.all()] == [RunState.BLOCKED] * 8
    assert "8 runs, running" in boss.get(url(job)).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end": "2099-01-01T00:00"}, "end"),
        ({"start": "2026-05-07T00:00"}, "start"),
        ({"start": "2026-05-04T00:01", "end": "2026-05-04T00:02"}, "start"),
        ({"start": "", "end": "soon"}, "end"),
        ({"concurrency": "0"}, "concurrency"),
        ({"concurrency": "many"}, "concurrency"),
    ],
)
def test_a_range_that_cannot_be_run_is_refused_beside_its_field(
    boss: Client, changes: dict[str, str], field: str
) -> None:
    response = boss.post(url(make_job(schedule="0 */6 * * *")), filled(_start="", **changes))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Backfill.objects.exists()


def test_a_job_that_cannot_run_says_why(boss: Client) -> None:
    response = boss.post(url(make_job(task="vanished.task")), filled(_show=""))
    assert "unknown task" in response.content.decode()


@pytest.mark.parametrize("start", ["1926-01-01T00:00", "0001-01-01T00:00"])
def test_a_century_of_minutes_and_more_is_refused_where_it_was_typed(
    boss: Client, start: str
) -> None:
    job = make_job(schedule="* * * * *", timezone="Europe/Berlin")
    for button in ("_show", "_start"):
        response = boss.post(url(job), filled(start=start, end="2026-01-01T00:00", **{button: ""}))
        assert response.status_code == 422
        assert response.context["form"].errors
    assert not Run.objects.exists()
    assert not Backfill.objects.exists()
