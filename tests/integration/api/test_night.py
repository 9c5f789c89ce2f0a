"""The forecast and the timeline over HTTP."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from jobs.models import JobHealth
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run

DAY = {"from": "2027-01-13T00:00:00Z", "to": "2027-01-14T00:00:00Z"}


def test_a_forecast_has_each_minute_in_which_runs_start(api: Api) -> None:
    for name in ("a", "b"):
        make_job(name=name, schedule="0 2 * * *", tags=["night"])
    make_job(name="c", schedule="30 3 * * *")
    body = api.get("forecast/", **DAY).json()
    assert body["minutes"] == [
        {"at": "2027-01-13T02:00:00Z", "starts": 2},
        {"at": "2027-01-13T03:30:00Z", "starts": 1},
    ]
    assert body["busiest"] == {"at": "2027-01-13T02:00:00Z", "starts": 2}
    assert (body["starts"], body["jobs"], body["is_complete"]) == (3, 3, True)
    assert api.get("forecast/", **DAY, tag="night").json()["starts"] == 2


def test_nothing_starts_where_nothing_is_scheduled(api: Api) -> None:
    body = api.get("forecast/", **DAY).json()
    assert (body["minutes"], body["busiest"]) == ([], None)


def test_a_span_is_at_most_a_week_long(api: Api) -> None:
    for query in (
        {"from": DAY["from"], "to": "2027-01-21T00:00:00Z"},
        {"from": DAY["to"], "to": DAY["from"]},
    ):
        for path in ("forecast/", "timeline/"):
            answer = api.get(path, **query)
            assert (answer.status_code, fields_at_fault(answer)) == (422, ["to"])
    assert api.get("forecast/", **{"from": "0001-01-01T00:00:00Z"}).status_code == 422


def test_a_timeline_has_what_ran_and_what_is_expected(api: Api) -> None:
    now = timezone.now()
    job = make_job(name="sync", schedule="0 * * * *")
    JobHealth.objects.update(p50_ms=60_000)
    began = now - timedelta(hours=2)
    run = make_run(
        job,
        state="failed",
        scheduled_for=began,
        started_at=began,
        finished_at=began + timedelta(minutes=5),
        worker="w1",
    )
    body = api.get("timeline/").json()
    first, *expected = body["bars"]
    assert (first["run"], first["state"], first["worker"]) == (str(run.pk), "failed", "w1")
    assert {bar["state"] for bar in expected} == {"expected"}
    assert len(expected) == 6
    assert expected[0]["run"] is None
    assert body["busiest"]["running"] == 1
