"""The same verbs on another machine, over its API: the requests go through the whole stack, but for the network."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core.management import CommandError

from jobs.models import AuditEntry, Job, Run, RunState
from tests.support.api import Api
from tests.support.builders import make_job, make_run
from tests.support.far import far_away, prepare
from tests.support.redis import RedisServer
from tests.support.typed import manage, manage_json

Words = tuple[str, ...]


READING: list[Words] = [
    ("job", "get", "hello"),
    ("job", "get", "--id", "{job}"),
    ("job", "list"),
    ("job", "list", "--status", "paused"),
    ("job", "list", "--search", "ops", "--page-size", "1"),
    ("job", "list", "--last-id", "hello"),
    ("job", "list", "--last-id", "{job}"),
    ("job", "runs", "hello"),
    ("job", "runs", "--id", "{job}", "--status", "failed"),
    ("job", "versions", "hello"),
    ("job", "backfills", "hello"),
    ("run", "get", "{run}"),
    ("run", "logs", "{run}"),
    ("dead_letters", "list", "--job", "hello"),
    ("dead_letters", "groups"),
    ("queue", "list"),
    ("worker", "list"),
    ("pool", "list"),
    ("pool", "get", "gpu"),
    ("bulk", "list"),
    ("bulk", "get", "{bulk}"),
    ("alerts",),
    ("alerts", "list", "--all"),
    ("token", "list"),
    ("token", "list", "--user", "{me}"),
    ("audit", "list"),
    ("audit", "list", "--who", "ana", "--verb", "update_job", "--job", "hello"),
    ("audit", "list", "--last-id", "{entry}"),
    ("preview_schedule", "30 2 * * 1-5", "--timezone", "Europe/Berlin", "--after", "2027-03-26"),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_what_is_read_is_the_same_from_afar(far: pytest.MonkeyPatch, words: Words) -> None:
    ids = prepare()
    words = tuple(word.format(**ids) for word in words)
    here = manage_json(*words), manage(*words)
    far_away(far)
    assert manage_json(*words) == here[0]
    if words[:2] not in {("dead_letters", "groups"), ("queue", "list")}:  # there, tables shorten counts and names
        assert manage(*words) == here[1]


def test_reasons_are_told_from_afar(far: pytest.MonkeyPatch) -> None:
    ids = prepare()
    far_away(far)
    assert "paused" in manage("job", "why", "other")
    assert manage_json("run", "why", ids["run"])["reasons"]


def test_a_job_is_made_changed_steered_and_taken_away_from_afar(far: pytest.MonkeyPatch, broker: RedisServer) -> None:
    far_away(far)
    words = ("--task", "LogTask", "--params", '{"message": "x"}', "--cron", "@daily", "--starts-at", "2999-01-01")
    made = manage_json("job", "create", "hello", *words, "--priority", "high")
    assert (made["priority"], made["starts_at"]) == (10, "2999-01-01T00:00:00Z")
    changed = manage_json("job", "update", "hello", "--name", "bye", "--status", "PAUSED")
    assert (changed["name"], changed["enabled"]) == ("bye", False)
    assert manage_json("job", "resume", "bye")["enabled"]
    paused = manage_json("job", "pause", "bye", "--reason", "move", "--until", "2999-01-01T00:00:00Z")
    assert (paused["paused_reason"], paused["paused_until"]) == ("move", "2999-01-01T00:00:00Z")
    run = manage_json("job", "run", "bye", "--params", '{"message": "now"}', "--key", "one")
    assert manage_json("job", "run", "bye", "--params", '{"message": "now"}', "--key", "one")["id"] == run["id"]
    assert manage_json("run", "cancel", run["id"])["state"] == "cancelled"
    assert manage_json("run", "rerun", run["id"], "--params", '{"message": "y"}')["parent"] == run["id"]
    assert manage_json("job", "restore", "bye", "--version", "1")["name"] == "hello"
    assert manage_json("job", "delete", "hello")["id"] == made["id"]
    assert Job.objects.get().archived_at


def test_a_range_is_run_again_from_afar(far: pytest.MonkeyPatch) -> None:
    make_job(name="hello", schedule="0 * * * *")
    far_away(far)
    words = ("job", "backfill", "hello", "--from", "2026-11-20", "--to", "2026-11-20T05:00:00Z")
    assert manage_json(*words, "--dry-run")["total"] == 5
    made = manage_json(*words, "--concurrency", "2")
    assert (made["total"], made["concurrency"]) == (5, 2)
    assert manage_json("job", "backfill-cancel", made["id"])["state"] == "cancelled"


def test_dead_letters_and_queues_are_dealt_with_from_afar(far: pytest.MonkeyPatch) -> None:
    prepare()
    far_away(far)
    assert manage_json("dead_letters", "requeue", "--job", "hello", "--dry-run")["requeued"] == 1
    assert manage_json("dead_letters", "discard", "--all", "--reason", "known")["discarded"] == 1
    assert manage_json("queue", "pause", "default", "--reason", "move")["paused_reason"] == "move"
    assert manage_json("queue", "resume", "default")["paused_at"] is None


def test_a_pool_is_made_changed_and_removed_from_afar(far: pytest.MonkeyPatch) -> None:
    far_away(far)
    made = manage_json("pool", "create", "gpu", "--slots", "2", "--cpu", "8")
    assert (made["name"], made["slots"], made["cpu"]) == ("gpu", 2, 8)
    changed = manage_json("pool", "update", "gpu", "--cpu", "none", "--description", "cards")
    assert (changed["slots"], changed["cpu"], changed["description"]) == (2, None, "cards")
    assert "0 of 2" in manage("pool", "get", "gpu")
    assert manage_json("pool", "delete", "gpu") == {"name": "gpu", "result": "deleted"}
    with pytest.raises(CommandError) as error:
        manage("pool", "get", "gpu")
    assert (error.value.returncode, str(error.value)) == (3, "pool: there is no pool 'gpu'")


def test_all_that_match_are_dealt_with_from_afar(far: pytest.MonkeyPatch) -> None:
    prepare()
    far_away(far)
    words = ("bulk", "begin", "archive", "--filter", "state=paused")
    assert manage_json(*words, "--dry-run") == {"matched": 1, "more": False}
    begun = manage_json(*words)
    assert (begun["state"], begun["filter"]) == ("queued", {"state": "paused"})
    assert manage_json("bulk", "cancel", begun["id"])["state"] == "cancelled"


def test_alerts_workers_and_runs_are_dealt_with_from_afar(far: pytest.MonkeyPatch) -> None:
    ids = prepare()
    over = make_run(state=RunState.SUCCEEDED, rolled_up=True)
    far_away(far)
    done = manage_json("alerts", "ack", ids["alert"], "--reason", "known", "--until", "2999-01-01T00:00:00Z")
    assert (done["acknowledged_reason"], done["snoozed_until"]) == ("known", "2999-01-01T00:00:00Z")
    assert (manage_json("alerts"), len(manage_json("alerts", "list", "--all"))) == ([], 1)
    assert manage_json("alerts", "unack", ids["alert"])["acknowledged_by"] == ""
    (dead,) = manage_json("dead_letters", "list")
    manage_json("dead_letters", "discard", "--all", "--reason", "known")
    assert manage_json("dead_letters", "undo-discard", dead["id"]) == {"undone": 1}
    manage_json("job", "delete", "hello")
    assert manage_json("job", "unarchive", "--id", ids["job"])["enabled"] is False
    assert manage_json("worker", "shutdown", "w1@here")["stop_requested_at"]
    assert manage_json("run", "delete", str(over.pk), "--reason", "a secret in its log")["result"] == "deleted"
    assert AuditEntry.objects.get(verb="delete_run").reason == "a secret in its log"


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("job", "get", "nobody"), 3, "no job is named 'nobody'"),
        (("run", "get", "00000000-0000-0000-0000-000000000000"), 3, "there is no run"),
        (("job", "list", "--last-id", "nobody"), 3, "the list has no 'nobody'"),
        (("job", "create", "x", "--task", "LogTask", "--cron", "bogus"), 1, "params: message is required"),
        (("job", "create", "--name", "x", "--cron", "@daily"), 1, "task: is needed"),
        (("job", "list", "--status", "completed"), 1, "status: must be one of active"),
        (("job", "update", "hello", "--priority", "urgent"), 1, "priority: "),
        (("alerts", "ack", "x"), 1, "alert: 'x' is not an id"),
        (("alerts", "ack", "999999"), 3, "alert: there is no alert 999999"),
        (("alerts", "ack", "{alert}", "--until", "2020-01-01"), 1, "until: must be in the future"),
        (("worker", "shutdown", "nobody"), 3, "worker: there is no worker 'nobody'"),
        (("run", "delete", "{run}"), 1, "run: can be deleted only after it has finished"),
        (("token", "revoke", "nobodys"), 3, "token: no token in use is called 'nobodys'"),
        (("create_token", "nobody", "--name", "x"), 1, "user: there is no user 'nobody'"),
        (
            ("create_token", "{me}", "--name", "x"),
            1,
            "a token cannot create tokens (sign in to the console, or use a token",
        ),
        (("audit", "list", "--verb", "bake"), 1, "verb: must be one of create_job"),
        (("preview_schedule", "61 * * * *"), 1, "schedule: "),
        (("preview_schedule", "@daily", "--count", "0"), 1, "count: must be a number from 1"),
        (("export_schedule", "--format", "celery_beat"), 1, "format: celery_beat writes rows into the database"),
        (("import_schedule", "nowhere.json"), 1, "file: nowhere.json cannot be read: No such file"),
        (("import_schedule", "x.json", "--watch"), 1, "watch: works on this machine alone"),
        (("doctor", "--here"), 1, "here: looks at the processes of this machine"),
        (("doctor", "--check", "jobs"), 1, "check: jobs is looked at there alone"),
    ],
)
def test_what_cannot_be_done_is_told_from_afar(far: pytest.MonkeyPatch, words: Words, status: int, text: str) -> None:
    ids = prepare()
    far_away(far)
    with pytest.raises(CommandError) as error:
        manage(*(word.format(**ids) for word in words))
    assert (error.value.returncode, text in str(error.value)) == (status, True), error.value
    assert (Job.objects.count(), Run.objects.count()) == (2, 2)


def test_a_token_that_opens_nothing_and_a_role_that_is_too_small_are_told(far: pytest.MonkeyPatch) -> None:
    make_job(name="hello")
    far_away(far)
    for token, text in (
        ("", "SCHEDULER_TOKEN: "),
        ("bw_x", "SCHEDULER_TOKEN: "),
        (Api("viewer").secret, "beatwright.run_job"),
    ):
        far.setattr(settings.CONFIG, "scheduler_token", token)
        with pytest.raises(CommandError, match=text):
            manage("job", "run", "hello")


def test_a_page_behind_a_page_is_fetched(far: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.management.remote.client.PAGE", 2)
    names = [make_job(name=f"job {number}").name for number in range(5)]
    far_away(far)
    assert [row["name"] for row in json.loads(manage("job", "list", "--json"))] == names
