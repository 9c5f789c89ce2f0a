"""Secrets over HTTP: made, changed and removed; their values are only ever written."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.access.roles import Role
from jobs.models import IdempotencyKey, Run, Secret
from jobs.sealing import unsealed
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run, make_secret

VALUE = "corr3ct-h0rse"
DB = {"name": "db", "value": VALUE, "description": "the books", "tags": ["fin"]}
JOB = {"name": "bill", "task": "EchoTask", "schedule": "@daily", "tags": ["fin"]}


def naming(name: str) -> dict[str, Any]:
    return JOB | {"params": {"password": {"$secret": name}}}


def test_a_secret_is_made_changed_and_removed_and_never_answered(api: Api) -> None:
    made = api.post("secrets/", DB)
    assert (made.status_code, made["Location"]) == (201, "/api/v1/secrets/db/")
    body = made.json()
    assert (body["name"], body["version"], body["tags"], body["jobs"], body["used_by"]) == (
        "db",
        1,
        ["fin"],
        0,
        [],
    )
    assert api.get("secrets/db/").json() == body
    changed = api.send("patch", "secrets/db/", {"value": "an0ther\nline"})
    assert (changed.json()["version"], changed.json()["description"]) == (2, "the books")
    assert unsealed(Secret.objects.get().sealed) == "an0ther\nline"
    listed = api.get("secrets/")
    assert [one["name"] for one in listed.json()["results"]] == ["db"]
    assert not any(
        b"an0ther" in answer.content or b"sealed" in answer.content
        for answer in (made, changed, listed)
    )
    assert api.send("delete", "secrets/db/").status_code == 204
    assert api.get("secrets/db/").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"name": "db"}, 400, ["value"]),
        ({"name": "db", "value": ""}, 400, ["value"]),
        ({"name": "db", "value": "x" * 65_537}, 400, ["value"]),
        ({"name": "db", "value": "abc"}, 422, ["value"]),
        ({"name": "a b", "value": VALUE}, 422, ["name"]),
        ({"name": "db", "value": VALUE, "sealed": "x"}, 400, ["sealed"]),
        ({"name": "taken", "value": VALUE}, 409, ["name"]),
    ],
)
def test_what_cannot_be_made_names_its_field(
    api: Api, body: dict[str, Any], status: int, fields: list[str]
) -> None:
    make_secret("taken")
    answer = api.post("secrets/", body)
    assert (answer.status_code, fields_at_fault(answer)) == (status, fields)
    assert VALUE.encode() not in answer.content


def test_a_job_names_a_secret_and_its_answer_shows_the_name(api: Api) -> None:
    make_secret("db")
    made = api.post("jobs/", naming("db"))
    assert made.json()["params"] == {"password": {"$secret": "db"}}
    assert api.get("secrets/db/").json()["used_by"] == ["bill"]
    refused = api.send("delete", "secrets/db/")
    assert (refused.status_code, "in use by 1 job: bill" in refused.json()["detail"]) == (422, True)


def test_a_job_that_names_no_secret_there_is_is_refused_with_what_was_meant(api: Api) -> None:
    make_secret("billing-db")
    answer = api.post("jobs/", naming("biling-db"))
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["params"])
    assert "did you mean 'billing-db'?" in answer.content.decode()


def test_a_run_says_which_secrets_it_was_given(api: Api) -> None:
    run = make_run(make_job(params={"password": {"$secret": "db"}}))
    Run.objects.filter(pk=run.pk).update(secrets={"db": 3})
    assert api.get(f"runs/{run.pk}/").json()["secrets"] == {"db": 3}


def test_whom_tags_limit_sees_and_names_their_own_alone() -> None:
    make_secret("db", tags=["fin"])
    make_secret("theirs", tags=["ops"])
    fay = Api(Role.EDITOR, tags=["fin"])
    assert [one["name"] for one in fay.get("secrets/").json()["results"]] == ["db"]
    assert fay.get("secrets/theirs/").status_code == 404
    assert fay.send("patch", "secrets/theirs/", {"value": VALUE}).status_code == 404
    answers = [fay.post("jobs/", naming(name)).json()["detail"] for name in ("theirs", "nothing")]
    assert [answer.replace("theirs", "nothing") for answer in answers] == [answers[1]] * 2
    assert fay.post("jobs/", naming("db")).status_code == 201


def test_who_writes_no_jobs_sees_no_secrets() -> None:
    make_secret("db")
    assert Api(Role.OPERATOR).get("secrets/").status_code == 403
    assert Api(Role.OPERATOR).get("secrets/db/").status_code == 403


def test_a_key_that_is_kept_tells_nothing_of_the_value(api: Api, settings: Any) -> None:
    """Who reads the database cannot try values until one has the digest: it is made with
    SECRET_KEY.
    """
    digests = []
    for key in ("one key", "another key"):
        settings.SECRET_KEY = key
        IdempotencyKey.objects.all().delete()
        Secret.objects.all().delete()
        assert Api().post("secrets/", DB, idempotency_key="k-1").status_code == 201
        digests.append(IdempotencyKey.objects.get().request)
    assert digests[0] != digests[1]
