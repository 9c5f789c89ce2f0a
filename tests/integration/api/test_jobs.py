"""Jobs over HTTP: made, read, changed, taken away."""

from __future__ import annotations

import uuid
from typing import Any

from jobs.models import Job, Run
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run

NEW = {
    "name": "nightly",
    "task": "LogTask",
    "params": {"message": "hello"},
    "schedule": "30 2 * * *",
}


def test_a_job_is_made_and_planned(api: Api) -> None:
    answer = api.post("jobs/", NEW | {"priority": "high", "tags": ["finance"]})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"], answer["ETag"]) == (
        201,
        f"/api/v1/jobs/{job.pk}/",
        '"v1"',
    )
    body = answer.json()
    assert (body["id"], body["priority"], body["tags"], body["source"]) == (
        str(job.pk),
        10,
        ["finance"],
        "",
    )
    assert body["next_run_at"].endswith("T02:30:00Z")


def test_every_wrong_field_is_named_at_once_and_nothing_is_made(api: Api) -> None:
    answer = api.post(
        "jobs/", NEW | {"params": {"message": 1}, "schedule": "61 * * * *", "queue": "a b"}
    )
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["params", "schedule", "queue"])
    assert not Job.objects.exists()


def test_a_body_of_another_form_is_told_from_one_that_makes_no_sense(api: Api) -> None:
    answer = api.post(
        "jobs/", {"name": 5, "task": "LogTask", "shedule": "@daily", "max_retries": -1}
    )
    assert answer.status_code == 400
    assert sorted(fields_at_fault(answer)) == ["max_retries", "name", "schedule", "shedule"]


def test_a_name_that_is_taken_is_a_conflict(api: Api) -> None:
    make_job(name="nightly")
    answer = api.post("jobs/", NEW)
    assert (answer.status_code, fields_at_fault(answer)) == (409, ["name"])
    assert answer.json()["type"] == "urn:beatwright:problem:name-taken"


def test_patch_changes_what_is_given(api: Api) -> None:
    job = make_job(description="old", tags=["a"])
    answer = api.send("patch", f"jobs/{job.pk}/", {"description": "new"})
    assert (answer.status_code, answer["ETag"]) == (200, '"v2"')
    assert (answer.json()["description"], answer.json()["tags"]) == ("new", ["a"])


def test_put_gives_what_is_left_out_its_default_and_leaves_a_pause_alone(api: Api) -> None:
    job = make_job(description="old", priority=20, enabled=False)
    answer = api.send("put", f"jobs/{job.pk}/", NEW)
    body = answer.json()
    assert (body["name"], body["description"], body["priority"], body["enabled"]) == (
        "nightly",
        "",
        0,
        False,
    )


def test_a_change_based_on_an_older_version_is_refused(api: Api) -> None:
    job = make_job()
    assert (
        api.send("patch", f"jobs/{job.pk}/", {"owner": "ana"}, if_match='"v1"').status_code == 200
    )
    for method, body in (("patch", {"owner": "bob"}), ("put", NEW), ("delete", None)):
        answer = api.send(method, f"jobs/{job.pk}/", body, if_match='"v1"')
        assert (answer.status_code, fields_at_fault(answer)) == (412, ["version"])
    assert Job.objects.get().owner == "ana"


def test_an_etag_that_no_job_has_had_is_refused(api: Api) -> None:
    job = make_job()
    assert api.send("patch", f"jobs/{job.pk}/", {"owner": "ana"}, if_match="abc").status_code == 412
    assert api.send("patch", f"jobs/{job.pk}/", {"owner": "ana"}, if_match="*").status_code == 200


def test_a_job_without_runs_is_deleted_and_one_with_runs_is_archived(api: Api) -> None:
    fresh, old = make_job(), make_job()
    make_run(old, state="succeeded")
    for job in (fresh, old):
        assert api.send("delete", f"jobs/{job.pk}/").status_code == 204
        assert api.get(f"jobs/{job.pk}/").status_code == 404
    assert not Job.objects.filter(pk=fresh.pk).exists()
    assert [row["id"] for row in api.get("jobs/", status="archived").json()["results"]] == [
        str(old.pk)
    ]
    assert len(api.get("runs/", job=old.pk).json()["results"]) == Run.objects.count() == 1


def test_a_job_that_is_not_there_is_not_found_by_any_verb(api: Api) -> None:
    for method, path in (
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("post", "run/"),
        ("post", "pause/"),
        ("get", "why/"),
    ):
        answer = (
            api.send(method, f"jobs/{uuid.uuid4()}/{path}")
            if method != "get"
            else api.get(f"jobs/{uuid.uuid4()}/{path}")
        )
        assert (answer.status_code, fields_at_fault(answer)) == (404, ["job"]), path


def test_the_open_runs_of_a_job_are_cancelled_and_it_goes_on(api: Api) -> None:
    job = make_job()
    make_run(job)
    make_run(job, state="running")
    make_run()
    done = api.post(f"jobs/{job.pk}/cancel-runs/").json()
    assert done == {"job_name": job.name, "cancelled": 1, "requested": 1}
    assert (Run.objects.filter(state="cancelled").count(), Job.objects.get(pk=job.pk).enabled) == (
        1,
        True,
    )
    assert fields_at_fault(api.post(f"jobs/{job.pk}/cancel-runs/", {"job": "x"})) == ["job"]


def test_a_schedule_that_cannot_be_read_tells_where(api: Api) -> None:
    (error,) = api.get("schedules/preview/", schedule="31 2 30 2 *").json()["errors"]
    assert (error["field"], error["position"]) == ("schedule", 5)


def test_a_job_is_paused_with_a_reason_and_resumed(api: Api) -> None:
    job = make_job()
    paused = api.post(
        f"jobs/{job.pk}/pause/", {"reason": "db move", "until": "2999-01-01T00:00:00+01:00"}
    ).json()
    assert (paused["enabled"], paused["paused_by"], paused["paused_reason"]) == (
        False,
        api.name,
        "db move",
    )
    assert (paused["paused_until"], paused["next_run_at"]) == ("2998-12-31T23:00:00Z", None)
    assert api.get(f"jobs/{job.pk}/why/").json()["code"] == "paused"
    resumed = api.post(f"jobs/{job.pk}/resume/").json()
    assert resumed["enabled"]
    assert resumed["next_run_at"]


def test_a_pause_that_ends_in_the_past_is_refused(api: Api) -> None:
    answer = api.post(f"jobs/{make_job().pk}/pause/", {"until": "2020-01-01T00:00:00Z"})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["paused_until"])


def test_a_preview_shows_the_jobs_own_occurrences(api: Api) -> None:
    job = make_job(schedule="0 6 * * *", timezone="Europe/Berlin")
    body = api.get(f"jobs/{job.pk}/preview/", after="2027-01-01T00:00:00Z", count=2).json()
    assert body["occurrences"] == ["2027-01-01T05:00:00Z", "2027-01-02T05:00:00Z"]
    assert body["description"]


def test_a_past_range_is_previewed_backfilled_and_cancelled(api: Api) -> None:
    job = make_job(schedule="0 * * * *")
    past = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T03:00:00Z"}
    assert api.get(f"jobs/{job.pk}/backfill/", **past).json()["total"] == 3
    made = api.post(f"jobs/{job.pk}/backfill/", past | {"concurrency": 2})
    assert (made.status_code, made.json()["total"], made.json()["runs"]) == (201, 3, {"blocked": 3})
    assert [row["id"] for row in api.get(f"jobs/{job.pk}/backfills/").json()["results"]] == [
        made.json()["id"]
    ]
    cancelled = api.post(f"backfills/{made.json()['id']}/cancel/").json()
    assert (cancelled["state"], cancelled["ended"]) == ("cancelled", 3)
    assert (cancelled.pop("cancelled"), cancelled.pop("requested")) == (3, 0)
    assert api.get(f"backfills/{made.json()['id']}/").json() == cancelled


def test_a_backfill_of_the_future_names_the_end(api: Api) -> None:
    future = {"from": "2026-01-02T00:00:00Z", "to": "2999-01-02T03:00:00Z"}
    answer = api.post(f"jobs/{make_job().pk}/backfill/", future)
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["to"])


def test_what_a_job_said_before_is_kept_and_can_be_said_again(api: Api) -> None:
    job = make_job(description="first")
    api.send("patch", f"jobs/{job.pk}/", {"description": "second"})
    kept = api.get(f"jobs/{job.pk}/versions/").json()["results"]
    assert [(row["version"], row["fields"]["description"]) for row in kept] == [(1, "first")]
    restored = api.post(f"jobs/{job.pk}/versions/1/restore/")
    assert (restored.json()["description"], restored["ETag"]) == ("first", '"v3"')
    assert api.post(f"jobs/{job.pk}/versions/9/restore/").status_code == 422


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


def test_the_list_is_searched_filtered_and_ordered(api: Api) -> None:
    make_job(name="a", tags=["fin", "ops"], queue="slow", owner="ana", priority=5)
    make_job(name="b", tags=["finance"], task="LogTask", params={"message": "x"}, enabled=False)
    make_job(name="c", schedule="@manual", priority=9)
    assert names(api.get("jobs/")) == ["a", "b", "c"]
    assert names(api.get("jobs/", tag="fin")) == ["a"]
    assert names(api.get("jobs/", search="fin")) == ["a", "b"]
    assert names(api.get("jobs/", queue="slow", owner="ana")) == ["a"]
    assert names(api.get("jobs/", status="paused")) == ["b"]
    assert names(api.get("jobs/", task="LogTask")) == ["b"]
    assert names(api.get("jobs/", name="c")) == ["c"]
    assert names(api.get("jobs/", order="-priority")) == ["c", "a", "b"]
    assert names(api.get("jobs/", order="next")) == ["a"]


def test_only_the_fields_asked_for_are_answered(api: Api) -> None:
    job = make_job()
    assert api.get(f"jobs/{job.pk}/", fields="name,version").json() == {
        "name": job.name,
        "version": 1,
    }
    assert api.get("jobs/", fields="name").json()["results"] == [{"name": job.name}]
    answer = api.get("jobs/", fields="name,colour")
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["fields"])
