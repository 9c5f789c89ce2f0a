"""Tokens, the audit and alerts over HTTP."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from jobs.actions.jobs import update_job
from jobs.models import Alert, ApiToken, AuditEntry, IdempotencyKey
from tests.support.api import Api, fields_at_fault
from tests.support.builders import by, make_alert, make_job, make_leader, make_run, make_worker


def test_a_secret_is_told_once_and_kept_by_nobody() -> None:
    ana = Api("operator", signed_in=True)
    made = ana.send(
        "post", "tokens/", {"name": "ci", "scopes": ["viewer"]}, idempotency_key="again"
    )
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    secret = made.json()["secret"]
    listed = ana.get("tokens/", name="ci")
    assert [row["prefix"] for row in listed.json()["results"]] == [secret[:11]]
    assert secret not in listed.content.decode()
    assert not IdempotencyKey.objects.exists()


def test_who_may_not_manage_tokens_sees_and_makes_their_own_alone() -> None:
    other, ana = Api("operator"), Api("operator", signed_in=True)
    assert [row["user"] for row in ana.get("tokens/").json()["results"]] == [ana.name]
    assert ana.get("tokens/", user=other.name).status_code == 403
    assert ana.post("tokens/", {"name": "ci", "user": other.name}).status_code == 403
    assert {row["user"] for row in Api("admin").get("tokens/").json()["results"]} >= {
        ana.name,
        other.name,
    }
    assert Api("viewer").get("tokens/").status_code == 403


def test_what_a_new_token_cannot_be_names_the_field() -> None:
    ana = Api("operator", signed_in=True)
    assert fields_at_fault(ana.post("tokens/", {"name": " "})) == ["name"]
    assert fields_at_fault(
        ana.post("tokens/", {"name": "x", "scopes": ["beatwright.add_job"]})
    ) == ["scopes"]
    assert fields_at_fault(ana.post("tokens/", {"name": "x", "expires_days": 0})) == [
        "expires_days"
    ]
    assert fields_at_fault(ana.post("tokens/", {"name": "x", "user": "nob\0dy"})) == ["user"]
    assert ApiToken.objects.filter(name="x").count() == 0


def test_ones_own_token_ends_at_once() -> None:
    ana = Api("viewer")
    token = ApiToken.objects.get(user__username=ana.name)
    assert ana.post(f"tokens/{token.pk}/revoke/").json()["revoked_at"]
    assert ana.get("jobs/").status_code == 401


def test_the_audit_is_filtered_and_read_page_by_page() -> None:
    job, api = make_job(), Api("viewer")
    for number in range(3):
        update_job(job, {"description": str(number)}, actor=by("ana"), now=timezone.now())
    make_job()
    found = api.get("audit/", who="ana", verb="update_job", job=str(job.pk), limit="2").json()
    rest = api.get(found["next"]).json()
    entries = [*found["results"], *rest["results"]]
    assert [entry["changes"]["description"][1] for entry in entries] == ["2", "1", "0"]
    assert rest["next"] is None
    assert fields_at_fault(api.get("audit/", verb="bake")) == ["verb"]
    assert Api("viewer", tags=["fin"]).get("audit/").json()["results"] == []


def test_an_acknowledged_matter_is_left_out_until_its_snooze_has_run_out() -> None:
    make_leader()
    alert, api = make_alert(make_job()), Api("operator")
    path = f"alerts/{alert.pk}/acknowledge/"
    assert fields_at_fault(api.post(path, {"until": "2020-01-01T00:00:00Z"})) == ["until"]
    assert api.post(path, {"reason": "I look"}).json()["acknowledged_by"] == api.name
    assert (api.get("alerts/").json()["results"], api.get("stats/").json()["alerts"]) == ([], [])
    assert [row["id"] for row in api.get("alerts/", acknowledged="true").json()["results"]] == [
        alert.pk
    ]
    Alert.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert [row["id"] for row in api.get("alerts/").json()["results"]] == [alert.pk]
    Alert.objects.update(closed_at=timezone.now())
    assert fields_at_fault(api.post(path)) == ["alert"]
    assert api.post("alerts/999999999999999999999/acknowledge/").status_code == 404


def test_a_matter_of_jobs_beyond_ones_tags_is_not_there() -> None:
    alert = make_alert(make_job(tags=["ops"]))
    assert Api("operator", tags=["fin"]).post(f"alerts/{alert.pk}/acknowledge/").status_code == 404


def test_a_worker_is_asked_once_and_only_while_it_lives() -> None:
    worker, api = make_worker(), Api("admin")
    path = f"workers/{worker.name}/shutdown/"
    assert api.post(path).json()["stop_requested_by"] == api.name
    assert fields_at_fault(api.post(path)) == ["worker"]
    assert api.post("workers/nobody/shutdown/").status_code == 404
    assert Api("admin", tags=["fin"]).post(path).status_code == 403


def test_a_run_is_deleted_once_it_is_over_and_counted() -> None:
    api = Api("admin")
    for state in ("queued", "running", "succeeded"):
        assert fields_at_fault(api.send("delete", f"runs/{make_run(state=state).pk}/")) == ["run"]
    run = make_run(state="succeeded", rolled_up=True)
    assert api.send("delete", f"runs/{run.pk}/?reason=secret").status_code == 204
    assert api.get(f"runs/{run.pk}/").status_code == 404
    entry = AuditEntry.objects.get(verb="delete_run")
    assert (entry.target_id, entry.job_id, entry.reason) == (str(run.pk), run.job_id, "secret")
