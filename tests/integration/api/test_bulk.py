"""Bulk operations over HTTP: begun, counted without beginning, followed, cancelled."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from jobs.actions.bulk import begin_bulk
from jobs.maintenance.bulk import BulkOperations
from jobs.models import BulkOperation, Job
from tests.support.api import Api, fields_at_fault
from tests.support.builders import by, make_job, make_run


def test_it_is_begun_followed_and_done(api: Api) -> None:
    make_job(queue="night")
    other = make_job()
    body = {
        "verb": "pause",
        "filter": {"queue": "night", "status": "active"},
        "arguments": {"reason": "freeze"},
    }
    answer = api.post("bulk/", body)
    begun = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1/bulk/{begun['id']}/")
    assert (begun["state"], begun["progress"], begun["total"], begun["filter"]) == (
        "queued",
        0,
        None,
        body["filter"],
    )
    BulkOperations().run_once(now=timezone.now())
    told = api.get(f"bulk/{begun['id']}/").json()
    assert (told["state"], told["progress"], told["total"], told["done"]) == ("done", 100, 1, 1)
    other.refresh_from_db()
    assert other.enabled
    assert [row["id"] for row in api.get("bulk/").json()["results"]] == [begun["id"]]
    assert api.get("bulk/", fields="state").json()["results"] == [{"state": "done"}]


def test_a_dry_run_counts_and_begins_nothing(api: Api) -> None:
    make_job(tags=["fin"])
    make_job()
    make_run(state="failed", finished_at=timezone.now())
    for verb, wanted, expected in (
        ("run", {"tag": "fin"}, 1),
        ("archive", {}, 3),
        ("requeue", {}, 1),
    ):
        answer = api.post("bulk/", {"verb": verb, "filter": wanted, "dry_run": True})
        assert (answer.status_code, answer.json()) == (200, {"matched": expected, "more": False})
    assert not BulkOperation.objects.exists()


def test_the_same_key_begins_it_once(api: Api) -> None:
    body = {"verb": "resume", "filter": {}}
    first, second = (api.post("bulk/", body, idempotency_key="k") for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert BulkOperation.objects.count() == 1


def test_a_cancelled_one_is_over(api: Api) -> None:
    make_job()
    path = f"bulk/{api.post('bulk/', {'verb': 'pause', 'filter': {}}).json()['id']}/"
    assert api.post(f"{path}cancel/").json()["state"] == "cancelled"
    assert fields_at_fault(api.post(f"{path}cancel/")) == ["state"]
    BulkOperations().run_once(now=timezone.now())
    assert Job.objects.filter(enabled=True).count() == 1


def test_the_list_is_paged_newest_first(api: Api) -> None:
    made = [
        api.post("bulk/", {"verb": "run", "filter": {"tag": str(n)}}).json()["id"] for n in range(3)
    ]
    page = api.get("bulk/", limit=2).json()
    rest = api.get(page["next"]).json()
    assert [row["id"] for row in (*page["results"], *rest["results"])] == made[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"verb": "pause"}, 400, "filter"),
        ({"verb": "delete", "filter": {}}, 400, "verb"),
        ({"verb": "pause", "filter": {"colour": "red"}}, 400, "filter.colour"),
        ({"verb": "pause", "filter": {"status": "pasued"}}, 400, "filter.status"),
        ({"verb": "pause", "filter": {"fingerprint": ""}}, 422, "filter.fingerprint"),
        (
            {"verb": "pause", "filter": {}, "arguments": {"until": "2001-01-01T00:00:00Z"}},
            422,
            "arguments.until",
        ),
        ({"verb": "add_tag", "filter": {}}, 422, "arguments.tags"),
        (
            {"verb": "set_queue", "filter": {}, "arguments": {"queue": "no good"}},
            422,
            "arguments.queue",
        ),
        ({"verb": "run", "filter": {}, "arguments": {"reason": "x"}}, 422, "arguments.reason"),
    ],
)
def test_what_is_wrong_is_named(api: Api, body: dict[str, Any], status: int, field: str) -> None:
    for dry_run in (False, True):
        answer = api.post("bulk/", body | {"dry_run": dry_run})
        assert (answer.status_code, fields_at_fault(answer)) == (status, [field])
    assert not BulkOperation.objects.exists()


def test_secrets_in_arguments_are_masked(api: Api) -> None:
    body = {"verb": "requeue", "filter": {}, "arguments": {"params": {"token": "abc"}}}
    path = f"bulk/{api.post('bulk/', body).json()['id']}/"
    for reader in (api, Api("viewer")):
        assert reader.get(path).json()["arguments"] == {"params": {"token": "••••••"}}


def test_rights_are_asked_for_and_tags_hide_what_others_began(api: Api) -> None:
    body = {"verb": "archive", "filter": {}}
    begun = api.post("bulk/", body).json()["id"]
    operator, viewer = Api("operator"), Api("viewer")
    assert operator.post("bulk/", body).status_code == 403
    assert operator.post("bulk/", body | {"dry_run": True}).status_code == 403
    assert operator.post(f"bulk/{begun}/cancel/").status_code == 403
    assert viewer.get(f"bulk/{begun}/").status_code == 200
    assert Api("").get("bulk/").status_code == 403
    limited = Api(tags=["fin"])
    assert limited.get(f"bulk/{begun}/").status_code == 404
    assert limited.get("bulk/").json()["results"] == []
    assert api.get(f"bulk/{uuid.uuid4()}/").status_code == 404


def test_a_limited_token_sees_what_came_with_it_and_not_what_else_its_owner_began() -> None:
    limited = Api(tags=["fin"])
    theirs = begin_bulk("pause", {}, {}, actor=by(limited.name), now=timezone.now())
    mine = limited.post("bulk/", {"verb": "pause", "filter": {}}).json()["id"]
    assert [row["id"] for row in limited.get("bulk/").json()["results"]] == [mine]
    assert limited.post(f"bulk/{theirs.pk}/cancel/").status_code == 404


def test_answers_tell_the_failures(api: Api) -> None:
    job = make_job(task="NoSuchTask")
    begun = api.post("bulk/", {"verb": "run", "filter": {}}).json()["id"]
    BulkOperations().run_once(now=timezone.now())
    (failure,) = api.get(f"bulk/{begun}/").json()["failures"]
    assert (failure["id"], failure["name"]) == (str(job.pk), job.name)
