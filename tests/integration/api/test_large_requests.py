"""What is too large, too deep or too far away is refused by name: no 500, no wait, and nothing is
stored.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from django.core.management import CommandError

from jobs.models import Backfill, Job, Run
from jobs.schedules import Schedule
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job
from tests.support.typed import manage

NEW: dict[str, Any] = {"name": "nightly", "task": "EchoTask", "schedule": "@daily"}
CENTURY = ("1926-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
EVERY = ("jobs/", "import/", "/v1/jobs", "/jobs", "/api/v1/tasks")
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda _: b"\x0b\x02\x80aaa\x03",
}


@cache
def bomb(encoding: str) -> bytes:
    """A small body that would be 50 MB."""
    return COMPRESS[encoding](b'{"name": "' + b"a" * 50_000_000 + b'"}')


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_compressed_body_is_refused_and_not_unpacked(api: Api, path: str, encoding: str) -> None:
    answer = api.post(path, bomb(encoding), content_encoding=encoding)
    assert (answer.status_code, fields_at_fault(answer)) == (415, [])
    assert "Content-Encoding" in answer.json()["detail"]
    assert not Job.objects.exists()


def test_a_body_that_says_it_is_not_compressed_is_read(api: Api) -> None:
    assert api.post("jobs/", NEW, content_encoding="identity").status_code == 201


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"params": {"message": "x" * 65_536}}, 422, "params"),
        ({"metadata": {"a": "x" * 65_536}}, 422, "metadata"),
        ({"tags": [f"t{n}" for n in range(10_000)]}, 422, "tags"),
        ({"description": "x" * 10_001}, 422, "description"),
        ({"name": "x" * 201}, 400, "name"),
        ({"schedule": "*" * 501}, 400, "schedule"),
        ({"starts_at": "9999-12-31T23:59:59Z"}, 422, "starts_at"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, 422, "ends_at"),
        ({"starts_at": "0001-01-01T00:00:00Z"}, 422, "starts_at"),
    ],
)
def test_a_field_beyond_its_limit_is_named(
    api: Api, more: dict[str, Any], status: int, field: str
) -> None:
    answer = api.post("jobs/", NEW | more)
    assert (answer.status_code, fields_at_fault(answer)[0]) == (status, field)
    assert not Job.objects.exists()


def test_what_is_as_large_as_it_may_be_is_stored(api: Api) -> None:
    largest = {
        "name": "ä" * 200,
        "description": "ä" * 10_000,
        "tags": [f"{n:050}" for n in range(50)],
    }
    answer = api.post(
        "jobs/",
        NEW | largest | {"starts_at": "2000-01-01T00:00:00Z", "ends_at": "9998-12-31T00:00:00Z"},
    )
    assert answer.status_code == 201
    stored = Job.objects.get()
    assert {name: getattr(stored, name) for name in largest} == largest


@pytest.mark.parametrize("path", EVERY)
def test_a_body_beyond_the_limit_is_refused(api: Api, path: str) -> None:
    most = 16 * 1024 * 1024 if path == "import/" else 1024 * 1024
    answer = api.post(path, b" " * (most + 20_000))
    assert (answer.status_code, fields_at_fault(answer)) == (413, [])


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_body_that_is_nested_without_end_is_refused(api: Api, depth: int) -> None:
    nest = "[" * depth + "]" * depth
    for body in (nest, f'{{"name": "a", "params": {{"a": {nest}}}}}'):
        assert api.post("jobs/", body).status_code == 400
    job = f'{{"name": "a", "task": "EchoTask", "params": {{"message": {nest}}}}}'
    file = f'{{"format": "beatwright/1", "jobs": [{job}]}}'
    answer = api.post("import/", file)
    assert answer.status_code == 422
    assert "nested" in json.dumps(answer.json())


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The occurrences that are worked out."""
    found: list[datetime] = []
    usual = Schedule.next_after

    def next_after(self: Schedule, moment: datetime) -> datetime | None:
        found.append(moment)
        return usual(self, moment)

    monkeypatch.setattr(Schedule, "next_after", next_after)
    return found


def test_a_backfill_of_a_century_of_minutes_is_refused_before_it_costs_anything(
    api: Api, counted: list[datetime]
) -> None:
    """52 million occurrences: no more of them are worked out than a backfill may have."""
    job = make_job(schedule="* * * * *", enabled=False)
    start, end = CENTURY
    counted.clear()
    answer = api.post(f"jobs/{job.pk}/backfill/", {"from": start, "to": end})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["to"])
    assert "more than 10,000" in answer.json()["detail"]
    with pytest.raises(CommandError, match="more than 10,000"):
        manage("job", "backfill", job.name, "--from", start, "--to", end)
    assert len(counted) <= 2 * 10_001
    assert (Run.objects.count(), Backfill.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"]
)
def test_moments_at_the_ends_of_time_are_told_and_no_error_of_ours(api: Api, moment: str) -> None:
    job = make_job(schedule="* * * * *", enabled=False)
    answers = [
        api.post(f"jobs/{job.pk}/backfill/", {"from": moment, "to": "2026-01-01T00:00:00Z"}),
        api.post(f"jobs/{job.pk}/backfill/", {"from": "2026-01-01T00:00:00Z", "to": moment}),
        api.get("history/", since=moment),
    ]
    assert {answer.status_code for answer in answers} <= {200, 400, 422}
    assert [answer.status_code for answer in answers[:2]] in ([422, 422], [400, 400])
    for path in (f"jobs/{job.pk}/preview/", "runs/", "dead-letters/", "audit/"):
        name = "after" if "preview" in path else "since"
        assert api.get(path, **{name: moment}).status_code in {200, 400, 422}


def test_a_preview_has_a_thousand_occurrences_at_most(api: Api) -> None:
    job = make_job(schedule="* * * * *", enabled=False)
    assert len(api.get(f"jobs/{job.pk}/preview/", count=1_000).json()["occurrences"]) == 1_000
    for path in (f"jobs/{job.pk}/preview/", "schedules/preview/"):
        answer = api.get(path, schedule="* * * * *", count=52_000_000)
        assert "count" in fields_at_fault(answer)
