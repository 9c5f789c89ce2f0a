"""``run cancel|rerun``, ``dead_letters``, ``job backfill…`` and ``queue``, as typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from jobs.models import Backfill, Job, Queue, Run, RunState
from tests.support.builders import make_alert, make_job, make_run
from tests.support.redis import RedisServer
from tests.support.typed import manage, manage_json
from tests.support.ways import Way

RANGE = ("--from", "2026-11-20T00:00:00Z", "--to", "2026-11-20T05:00:00Z")

pytestmark = pytest.mark.usefixtures("way")


def make_dead(job: Job | None = None, **fields: Any) -> Run:
    dead = {
        "state": RunState.FAILED,
        "finished_at": timezone.now(),
        "fingerprint": "f" * 40,
        "error": "E: no",
    }
    return make_run(job, **(dead | fields))


def test_a_waiting_run_is_cancelled_and_a_running_one_asked_to_stop(way: Way) -> None:
    job = make_job()
    waiting, running = make_run(job), make_run(job, state=RunState.RUNNING)
    row = manage_json("run", "cancel", str(waiting.pk))
    assert (row["state"], row["job_name"], "note" in row) == ("cancelled", job.name, False)
    assert row["reason"].startswith(f"cancelled by {way.who}")
    row = manage_json("run", "cancel", str(running.pk))
    assert row["state"] == "running"
    assert "cancel requested" in row["note"]


def test_all_open_runs_of_a_job_are_cancelled_by_its_name() -> None:
    job = make_job(name="hello")
    make_run(job)
    make_run(job, state=RunState.RUNNING)
    assert manage_json("run", "cancel", "--job", "hello") == {
        "job_name": "hello",
        "cancelled": 1,
        "requested": 1,
    }


def test_a_run_is_repeated_with_its_own_params_or_others(broker: RedisServer) -> None:
    old = make_run(make_job(params={"a": 1}), state=RunState.SUCCEEDED)
    row = manage_json("run", "rerun", str(old.pk))
    assert (row["params"], row["parent"], row["trigger"]) == ({"a": 1}, str(old.pk), "rerun")
    assert manage_json("run", "rerun", str(old.pk), "--params", '{"b": 2}')["params"] == {"b": 2}


def test_dead_letters_are_listed_and_grouped() -> None:
    job = make_job(name="shop")
    dead = [make_dead(job) for _ in range(3)]
    (group,) = manage_json("dead_letters", "groups")
    assert (group["fingerprint"], group["count"], group["more"], group["jobs"]) == (
        "f" * 40,
        3,
        False,
        ["shop"],
    )
    assert [row["id"] for row in manage_json("dead_letters", "list")] == [
        str(run.pk) for run in reversed(dead)
    ]
    page = ("--page-size", "1", "--last-id", str(dead[2].pk))
    assert [row["id"] for row in manage_json("dead_letters", "list", *page)] == [str(dead[1].pk)]
    assert "E: no" in manage("dead_letters", "list")
    assert "shop" in manage("dead_letters", "groups")
    assert manage_json("dead_letters", "list", "--fingerprint", "a" * 40) == []


def test_dead_letters_are_requeued_by_id_by_kind_by_job_and_all_together() -> None:
    shop, mail = make_job(name="shop"), make_job(name="mail")
    one, _ = make_dead(shop), make_dead(shop)
    make_dead(mail, fingerprint="a" * 40)
    make_dead(mail, fingerprint="b" * 40)
    assert manage_json("dead_letters", "requeue", "--id", str(one.pk))["requeued"] == 1
    assert manage_json("dead_letters", "requeue", "--job", "shop")["requeued"] == 1
    assert (
        manage_json("dead_letters", "requeue", "--fingerprint", "a" * 40, "--params", '{"x": 1}')[
            "requeued"
        ]
        == 1
    )
    assert Run.objects.filter(params={"x": 1}).count() == 1
    done = manage_json("dead_letters", "requeue", "--all", "--rate", "5")
    assert (len(done["runs"]), done["left"]) == (1, {})


def test_what_cannot_be_requeued_is_reported_and_left() -> None:
    dead = make_dead(make_job(archived_at=timezone.now(), enabled=False))
    done = manage_json("dead_letters", "requeue", "--all")
    left = {str(dead.pk): "job: its job is archived"}
    assert done == {"requeued": 0, "runs": {}, "left": left, "more": False, "dry_run": False}


def test_a_dry_run_says_what_would_be_done_and_changes_nothing() -> None:
    make_dead()
    make_job(name="hello", schedule="0 * * * *")
    requeued = {"requeued": 1, "runs": {}, "left": {}, "more": False, "dry_run": True}
    assert manage_json("dead_letters", "requeue", "--all", "--dry-run") == requeued
    assert manage("dead_letters", "requeue", "--all", "--dry-run") == "would_requeue  1\n"
    discarded = {"discarded": 1, "more": False, "dry_run": True}
    assert manage_json("dead_letters", "discard", "--all", "--dry-run") == discarded
    assert manage("dead_letters", "discard", "--all", "--dry-run") == "would_discard  1\n"
    planned = manage_json("job", "backfill", "hello", *RANGE, "--dry-run")
    assert (planned["total"], planned["occurrences"][0]) == (5, "2026-11-20T00:00:00Z")
    assert "5 runs of hello would be written" in manage(
        "job", "backfill", "hello", *RANGE, "--dry-run"
    )
    assert (Run.objects.count(), Run.objects.dead_letters().count(), Backfill.objects.count()) == (
        1,
        1,
        0,
    )


def test_dead_letters_are_discarded_with_a_reason(way: Way) -> None:
    dead = make_dead()
    done = manage_json("dead_letters", "discard", "--all", "--reason", "shop closed")
    assert done == {"discarded": 1, "more": False, "dry_run": False}
    dead.refresh_from_db()
    assert dead.resolution == "discarded: shop closed"
    assert dead.resolved_by == way.who


def test_a_discard_an_acknowledgement_and_an_archiving_are_taken_back() -> None:
    dead, other, job = make_dead(), make_dead(), make_job(name="hello")
    manage_json("dead_letters", "discard", "--id", str(dead.pk), "--reason", "shop closed")
    assert manage_json("dead_letters", "undo-discard", str(dead.pk), str(other.pk)) == {"undone": 1}
    assert Run.objects.dead_letters().count() == 2

    alert = make_alert(job)
    manage_json("alerts", "ack", str(alert.pk), "--reason", "known")
    assert manage_json("alerts", "unack", str(alert.pk))["acknowledged_by"] == ""
    assert len(manage_json("alerts")) == len(manage_json("alerts", "list", "--all"))

    make_run(job)
    manage_json("job", "delete", "hello")
    back = manage_json("job", "unarchive", "--id", str(job.pk))
    assert (back["name"], back["archived_at"], back["enabled"]) == ("hello", None, False)


def test_a_backfill_is_ordered_listed_and_cancelled() -> None:
    make_job(name="hello", schedule="0 * * * *")
    flags = ("--concurrency", "2", "--newest-first", "--stop-on-failure")
    made = manage_json("job", "backfill", "hello", *RANGE, *flags)
    assert (made["total"], made["ended"], made["runs"], made["job_name"]) == (
        5,
        0,
        {"blocked": 5},
        "hello",
    )
    assert (made["concurrency"], made["newest_first"], made["stop_on_failure"]) == (2, True, True)
    assert Run.objects.filter(scheduled_for=datetime(2026, 11, 20, 4, tzinfo=UTC)).exists()
    (listed,) = manage_json("job", "backfills", "hello")
    assert listed == made
    assert made["id"] in manage("job", "backfills", "hello")
    row = manage_json("job", "backfill-cancel", made["id"])
    assert (row["state"], row["cancelled"], row["requested"], row["ended"]) == (
        "cancelled",
        5,
        0,
        5,
    )


def test_a_queue_is_paused_listed_and_resumed(way: Way) -> None:
    make_run(make_job(queue="mail"))
    made = manage_json(
        "queue", "pause", "mail", "--reason", "smtp move", "--until", "2999-01-01T00:00:00Z"
    )
    assert (made["name"], made["paused_reason"], made["paused_until"]) == (
        "mail",
        "smtp move",
        "2999-01-01T00:00:00Z",
    )
    mail = manage_json("queue", "list")[1]
    assert (mail["name"], mail["waiting"], mail["published"]) == ("mail", 1, 0)
    assert mail["paused_by"] == way.who
    assert "smtp move" in manage("queue", "list")
    assert manage_json("queue", "resume", "mail")["paused_at"] is None


NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["run", "cancel"], "run"),
        (["run", "cancel", "nope"], "run"),
        (["run", "cancel", NOBODY, "--job", "there"], "run"),
        (["run", "cancel", "--job", "nobody"], "job"),
        (["run", "rerun", "nope"], "run"),
        (["dead_letters", "list", "--job", "nobody"], "job"),
        (["dead_letters", "list", "--last-id", "nope"], "last-id"),
        (["dead_letters", "list", "--page-size", "0"], "page-size"),
        (["dead_letters", "groups", "--fingerprint", "3f2a"], "fingerprint"),
        (["dead_letters", "requeue"], "all"),
        (["dead_letters", "requeue", "--all", "--job", "there"], "all"),
        (["dead_letters", "requeue", "--id", "nope"], "id"),
        (["dead_letters", "requeue", "--all", "--params", "{"], "params"),
        (["dead_letters", "requeue", "--all", "--rate", "0"], "rate"),
        (["dead_letters", "discard", "--all"], "reason"),
        (["dead_letters", "undo-discard", "nope"], "id"),
        (["alerts", "unack", "nope"], "alert"),
        (["job", "unarchive", "there"], "archived_at"),
        (["job", "backfill", "there"], "from"),
        (["job", "backfill", "there", *RANGE[:2]], "to"),
        (["job", "backfill", "there", "--from", "soon", *RANGE[2:]], "from"),
        (["job", "backfill", "there", *RANGE[:2], "--to", "2999-01-01"], "to"),
        (["job", "backfill", "there", *RANGE, "--concurrency", "0"], "concurrency"),
        (["job", "backfill", "nobody", *RANGE], "job"),
        (["job", "backfill-cancel", "nope"], "backfill"),
        (["queue", "pause", "nobody"], "queue"),
        (["queue", "pause", "default", "--until", "2001-01-01"], "paused_until"),
        (["queue", "pause", "default", "--until", "soon"], "paused_until"),
        (["queue", "resume", "default"], "queue"),
    ],
)
def test_bad_input_is_an_error_that_names_the_field_and_changes_nothing(
    words: list[str], field: str
) -> None:
    make_dead(make_job(name="there"))
    with pytest.raises(CommandError, match=f"^{field}: "):
        manage(*words)
    assert (Run.objects.count(), Run.objects.dead_letters().count()) == (1, 1)
    assert (Backfill.objects.count(), Queue.objects.count()) == (0, 0)
