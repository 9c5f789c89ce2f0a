"""What people do with commands, each verb once, here and on another machine."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from jobs.models import AuditEntry, Job, RunState
from tests.support.builders import make_job, make_run
from tests.support.far import prepare
from tests.support.redis import RedisServer
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")


def test_a_job_is_made_changed_steered_and_taken_away(broker: RedisServer) -> None:
    words = (
        "--task",
        "LogTask",
        "--params",
        '{"message": "x"}',
        "--schedule",
        "@daily",
        "--starts-at",
        "2999-01-01",
    )
    made = manage_json("job", "create", "hello", *words, "--priority", "high")
    assert (made["priority"], made["starts_at"]) == (10, "2999-01-01T00:00:00Z")
    changed = manage_json("job", "update", "hello", "--name", "bye")
    assert (changed["name"], changed["enabled"]) == ("bye", True)
    assert not manage_json("job", "pause", "bye")["enabled"]
    assert manage_json("job", "resume", "bye")["enabled"]
    paused = manage_json(
        "job", "pause", "bye", "--reason", "move", "--until", "2999-01-01T00:00:00Z"
    )
    assert (paused["paused_reason"], paused["paused_until"]) == ("move", "2999-01-01T00:00:00Z")
    run = manage_json("job", "run", "bye", "--params", '{"message": "now"}', "--key", "one")
    assert (
        manage_json("job", "run", "bye", "--params", '{"message": "now"}', "--key", "one")["id"]
        == run["id"]
    )
    with pytest.raises(CommandError, match=r"^key: "):
        manage("job", "run", "bye", "--params", '{"message": "else"}', "--key", "one")
    assert manage_json("run", "cancel", run["id"])["state"] == "cancelled"
    assert (
        manage_json("run", "rerun", run["id"], "--params", '{"message": "y"}')["parent"]
        == run["id"]
    )
    assert manage_json("job", "restore", "bye", "--version", "1")["name"] == "hello"
    deleted = manage_json("job", "delete", "hello")
    assert (deleted["id"], deleted["result"]) == (made["id"], "archived")
    assert Job.objects.get().archived_at


def test_a_key_is_that_of_one_job_and_says_nothing_of_another(broker: RedisServer) -> None:
    make_job(name="a")
    make_job(name="b")
    first = [manage_json("job", "run", name, "--key", "2026-11-26")["id"] for name in ("a", "b")]
    again = [manage_json("job", "run", name, "--key", "2026-11-26")["id"] for name in ("a", "b")]
    assert (first, len(set(first))) == (again, 2)
    with pytest.raises(CommandError, match=r"^key: must be 1 to 100 printable"):
        manage("job", "run", "a", "--key", "two words")


def test_a_range_is_run_again() -> None:
    make_job(name="hello", schedule="0 * * * *")
    words = ("job", "backfill", "hello", "--from", "2026-11-20", "--to", "2026-11-20T05:00:00Z")
    assert manage_json(*words, "--dry-run")["total"] == 5
    made = manage_json(*words, "--concurrency", "2")
    assert (made["total"], made["concurrency"]) == (5, 2)
    assert manage_json("job", "backfill-cancel", made["id"])["state"] == "cancelled"


def test_dead_letters_and_queues_are_dealt_with() -> None:
    prepare()
    assert manage_json("dead_letters", "requeue", "--job", "hello", "--dry-run")["requeued"] == 1
    assert manage_json("dead_letters", "discard", "--all", "--reason", "known")["discarded"] == 1
    assert manage_json("queue", "pause", "default", "--reason", "move")["paused_reason"] == "move"
    assert manage_json("queue", "resume", "default")["paused_at"] is None


def test_a_pool_is_made_changed_and_removed() -> None:
    made = manage_json("pool", "create", "gpu", "--slots", "2", "--cpu", "8")
    assert (made["name"], made["slots"], made["cpu"]) == ("gpu", 2, 8)
    changed = manage_json("pool", "update", "gpu", "--cpu", "none", "--description", "cards")
    assert (changed["slots"], changed["cpu"], changed["description"]) == (2, None, "cards")
    assert "0 of 2" in manage("pool", "get", "gpu")
    assert manage_json("pool", "delete", "gpu") == {"name": "gpu", "result": "deleted"}
    with pytest.raises(CommandError) as error:
        manage("pool", "get", "gpu")
    assert (error.value.returncode, str(error.value)) == (3, "pool: there is no pool 'gpu'")


def test_all_that_match_are_dealt_with() -> None:
    prepare()
    words = ("bulk", "begin", "archive", "--filter", "status=paused")
    assert manage_json(*words, "--dry-run") == {"matched": 1, "more": False}
    begun = manage_json(*words)
    assert (begun["state"], begun["filter"]) == ("queued", {"status": "paused"})
    assert manage_json("bulk", "cancel", begun["id"])["state"] == "cancelled"


def test_alerts_workers_and_runs_are_dealt_with() -> None:
    ids = prepare()
    over = make_run(state=RunState.SUCCEEDED, rolled_up=True)
    done = manage_json(
        "alerts", "ack", ids["alert"], "--reason", "known", "--until", "2999-01-01T00:00:00Z"
    )
    assert (done["acknowledged_reason"], done["snoozed_until"]) == ("known", "2999-01-01T00:00:00Z")
    assert (manage_json("alerts"), len(manage_json("alerts", "list", "--all"))) == ([], 1)
    assert manage_json("alerts", "unack", ids["alert"])["acknowledged_by"] == ""
    (dead,) = manage_json("dead_letters", "list")
    manage_json("dead_letters", "discard", "--all", "--reason", "known")
    assert manage_json("dead_letters", "undo-discard", dead["id"]) == {"undone": 1}
    manage_json("job", "delete", "hello")
    assert manage_json("job", "unarchive", "--id", ids["job"])["enabled"] is False
    assert manage_json("worker", "shutdown", "w1@here")["stop_requested_at"]
    assert (
        manage_json("run", "delete", str(over.pk), "--reason", "a secret in its log")["result"]
        == "deleted"
    )
    assert AuditEntry.objects.get(verb="delete_run").reason == "a secret in its log"
