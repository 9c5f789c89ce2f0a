"""Lists are walked by cursor: no COUNT, no OFFSET, a known number of queries, bounds on what is
asked for.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.models import Run
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run


def walk(api: Api, path: str, **query: Any) -> list[list[str]]:
    """The ids of each page, to the end."""
    answer = api.get(path, **query)
    pages = []
    for _ in range(20):
        assert answer.status_code == 200, answer.content
        body = answer.json()
        pages.append([row["id"] for row in body["results"]])
        if body["next"] is None:
            return pages
        answer = api.get(body["next"].removeprefix("http://testserver"))
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(
    "order",
    ["name", "-name", "next", "-next", "created", "-created", "updated", "priority", "-priority"],
)
def test_every_order_of_jobs_reaches_each_job_once(api: Api, order: str) -> None:
    jobs = [make_job(priority=number % 2) for number in range(5)]
    pages = walk(api, "jobs/", order=order, limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {key for page in pages for key in page} == {str(job.pk) for job in jobs}


def test_runs_come_newest_first_and_each_once(api: Api) -> None:
    job = make_job()
    runs = [str(make_run(job).pk) for _ in range(5)]
    assert walk(api, "runs/", limit=2) == [runs[:2:-1], runs[2:0:-1], runs[:1]]
    assert walk(api, f"jobs/{job.pk}/runs/", limit=3) == [runs[:1:-1], runs[1::-1]]


@pytest.mark.parametrize("order", ["name", "-name", "next", "created", "-priority"])
def test_a_list_goes_on_after_any_of_its_jobs(api: Api, order: str) -> None:
    for number in range(4):
        make_job(priority=number % 2)
    whole = [key for page in walk(api, "jobs/", order=order) for key in page]
    assert [walk(api, "jobs/", order=order, after=key, limit=1) for key in whole] == [
        [[key] for key in whole[number:]] or [[]] for number in (1, 2, 3, 4)
    ]


def test_a_job_without_a_place_in_the_order_and_one_that_is_not_there_are_told(api: Api) -> None:
    manual = make_job(schedule="@manual")
    answer = api.get("jobs/", order="next", after=manual.pk)
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["after"])
    assert api.get("jobs/", after="00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize("path", ["runs/", "dead-letters/", "jobs/{job}/runs/"])
def test_a_list_by_id_goes_on_after_any_of_its_rows(api: Api, path: str) -> None:
    job = make_job()
    runs = [str(make_run(job, state="failed").pk) for _ in range(4)]
    assert walk(api, path.format(job=job.pk), after=runs[2], limit=1) == [[runs[1]], [runs[0]]]


def test_jobs_are_found_by_their_ids(api: Api) -> None:
    jobs = [str(make_job().pk) for _ in range(3)]
    rows = api.get("jobs/", ids=f"{jobs[0]},{jobs[2]}").json()["results"]
    assert {row["id"] for row in rows} == {jobs[0], jobs[2]}
    for wrong in ("x", f"{jobs[0]},", ",".join(jobs * 17)):
        assert fields_at_fault(api.get("jobs/", ids=wrong)) == ["ids"]


def test_filters_that_no_index_joins_still_find_everything(api: Api) -> None:
    job = make_job()
    wanted = [str(make_run(job, state="failed", trigger="manual").pk) for _ in range(3)]
    make_run(job, state="failed")
    make_run(state="failed", trigger="manual")
    pages = walk(api, "runs/", job=job.pk, state="failed", trigger="manual", limit=2)
    assert [key for page in pages for key in page] == wanted[::-1]


def test_runs_are_found_by_when_they_were_made(api: Api) -> None:
    make_run()
    assert walk(api, "runs/", since="2026-01-01T00:00:00Z", until="2999-01-01T00:00:00Z") == [
        [str(Run.objects.get().pk)]
    ]
    assert walk(api, "runs/", until="1969-01-01T00:00:00Z") == [[]]


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyJuYW1lIl0", "e30", "Ww", "WyJuYW1lIiwgMSwgMl0", "é"]
)
def test_a_cursor_of_ones_own_making_is_refused(api: Api, cursor: str) -> None:
    answer = api.get("jobs/", cursor=cursor)
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["cursor"])


def test_a_cursor_is_good_for_the_order_it_was_made_in(api: Api) -> None:
    for _ in range(2):
        make_job()
    cursor = api.get("jobs/", limit=1).json()["next"].partition("cursor=")[2].partition("&")[0]
    assert api.get("jobs/", limit=1, cursor=cursor, order="created").status_code == 422


@pytest.mark.parametrize("limit", ["0", "501", "-1", "ten", "1.5", ""])
def test_the_limit_is_bounded(api: Api, limit: str) -> None:
    answer = api.get("runs/", limit=limit)
    assert (answer.status_code, fields_at_fault(answer)) == (400, ["limit"])


def test_parameters_that_are_not_known_or_come_twice_are_refused(api: Api) -> None:
    assert fields_at_fault(api.get("runs/", stat="failed")) == ["stat"]
    assert fields_at_fault(api.get("runs/", state=["failed", "queued"])) == ["state"]
    assert api.get("runs/", queue="a\0b").status_code == 422


@pytest.mark.parametrize(
    ("path", "most"),
    [("runs/", 1), ("jobs/", 1), ("dead-letters/", 1), ("runs/?state=failed&trigger=manual", 1)],
)
def test_a_page_costs_the_same_however_long_the_list(api: Api, path: str, most: int) -> None:
    job = make_job()
    for _ in range(12):
        make_run(job, state="failed", trigger="manual")
    api.get(path)  # the first use of a token in a minute is noted
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(api.get(path).json()["results"]) in {12, 1}
    about_data = [query["sql"] for query in queries if "apitoken" not in query["sql"]]
    assert len(about_data) == most
    assert not [sql for sql in about_data if "COUNT(" in sql or "OFFSET" in sql]
