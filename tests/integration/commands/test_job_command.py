"""``manage.py job`` and ``manage.py run``, as typed."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from jobs.models import Job, Run, RunLog
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")


def test_create_get_update_delete() -> None:
    made = manage_json(
        "job",
        "create",
        "hello",
        "--task",
        "LogTask",
        "--schedule",
        "*/5 * * * *",
        "--params",
        '{"message": "x"}',
    )
    assert (made["name"], made["task"], made["params"]) == ("hello", "LogTask", {"message": "x"})
    changed = manage_json(
        "job", "update", "--id", made["id"], "--priority", "high", "--tags", "fin, night"
    )
    assert (changed["priority"], changed["tags"], changed["version"]) == (10, ["fin", "night"], 2)
    policies = manage_json(
        "job", "update", "hello", "--overlap", "skip", "--timeout", "60", "--retention-days", "7"
    )
    assert (
        policies["overlap_policy"],
        policies["timeout_seconds"],
        policies["retention_days"],
    ) == ("skip", 60, 7)
    process = manage_json(
        "job", "update", "hello", "--memory-limit", "512", "--fresh-process", "true"
    )
    assert (process["memory_limit_mb"], process["fresh_process"]) == (512, True)
    assert (
        manage_json("job", "update", "hello", "--fresh-process", "false")["fresh_process"] is False
    )
    assert manage_json("job", "get", "hello")["schedule"] == "*/5 * * * *"
    assert manage_json("job", "delete", "hello")["result"] == "deleted"
    assert not Job.objects.exists()


def test_the_list_has_the_fields_of_a_job_and_can_be_narrowed() -> None:
    make_job(name="alpha", tags=["fin"])
    make_job(name="beta", enabled=False)
    make_job(name="gamma", queue="mail")
    names = lambda *words: [row["name"] for row in manage_json("job", "list", *words)]  # noqa: E731 - a shorthand
    assert names() == ["alpha", "beta", "gamma"]
    assert names("--status", "paused") == ["beta"]
    assert names("--search", "FIN") == ["alpha"]
    assert names("--queue", "mail") == ["gamma"]
    assert names("--page-size", "1", "--last-id", "alpha") == ["beta"]
    (row,) = manage_json("job", "list", "--search", "alpha")
    assert {
        "id",
        "schedule",
        "timezone",
        "next_run_at",
        "enabled",
        "misfire_policy",
        "overlap_policy",
    } <= row.keys()
    assert "alpha" in manage("job", "list")


def test_run_now_and_its_run(broker: RedisServer) -> None:
    make_job(name="hello")
    made = manage_json("job", "run", "hello", "--params", '{"a": 1}')
    (listed,) = manage_json("job", "runs", "hello")
    assert listed["id"] == made["id"]
    assert {"state", "scheduled_for", "trigger", "attempt", "job_name"} <= listed.keys()
    got = manage_json("run", "get", made["id"])
    assert (got["params"], got["attempts"]) == ({"a": 1}, [])
    assert made["id"] in manage("job", "runs", "hello")


def test_runs_are_paged_newest_first() -> None:
    job = make_job(name="hello")
    runs = [make_run(job) for _ in range(3)]
    ids = [str(run.pk) for run in reversed(runs)]
    assert [row["id"] for row in manage_json("job", "runs", "hello")] == ids
    assert [
        row["id"]
        for row in manage_json("job", "runs", "hello", "--last-id", ids[0], "--page-size", "1")
    ] == ids[1:2]
    assert manage_json("job", "runs", "hello", "--status", "succeeded") == []


def test_logs_are_printed_in_order() -> None:
    run = make_run()
    for seq, text in ((2, "two\n"), (1, "one\n")):
        RunLog.objects.create(run=run, attempt=1, seq=seq, text=text, created_at=run.created_at)
    assert manage("run", "logs", str(run.pk)).strip() == "one\ntwo"


def test_pause_and_resume() -> None:
    make_job(name="hello")
    paused = manage_json(
        "job", "pause", "hello", "--reason", "db move", "--until", "2999-01-01T00:00:00Z"
    )
    assert (paused["enabled"], paused["paused_reason"], paused["next_run_at"]) == (
        False,
        "db move",
        None,
    )
    assert manage_json("job", "resume", "hello")["next_run_at"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["job", "create", "x", "--task", "EchoTask", "--schedule", "bogus"], "schedule"),
        (["job", "create", "--task", "EchoTask", "--schedule", "@daily"], "name"),
        (
            ["job", "create", "x", "--task", "EchoTask", "--schedule", "@daily", "--params", "{"],
            "params",
        ),
        (
            [
                "job",
                "create",
                "x",
                "--task",
                "EchoTask",
                "--schedule",
                "@daily",
                "--priority",
                "urgent",
            ],
            "priority",
        ),
        (
            [
                "job",
                "create",
                "x",
                "--task",
                "EchoTask",
                "--schedule",
                "@daily",
                "--starts-at",
                "soon",
            ],
            "starts_at",
        ),
        (["job", "update", "there", "--overlap", "sometimes"], "overlap_policy"),
        (["job", "update", "there", "--timeout", "0"], "timeout_seconds"),
        (["job", "get", "nobody"], "job"),
        (["job", "get"], "job"),
        (["job", "list", "--status", "odd"], "status"),
        (["job", "list", "--page-size", "0"], "page-size"),
        (["job", "runs", "there", "--status", "odd"], "status"),
        (["job", "run", "there", "--params", "nope"], "params"),
        (["job", "pause", "there", "--until", "2001-01-01"], "paused_until"),
        (["run", "get", "nope"], "run"),
    ],
)
def test_bad_input_is_an_error_that_names_the_field_and_changes_nothing(
    words: list[str], field: str
) -> None:
    make_job(name="there")
    with pytest.raises(CommandError, match=f"^{field}: "):
        manage(*words)
    assert (Job.objects.count(), Run.objects.count()) == (1, 0)
