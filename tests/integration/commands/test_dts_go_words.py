"""DTS-Go's command line, exactly as it is typed there."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError

from jobs.management.cli.job import older_words
from jobs.models import Job, Run
from tests.support.builders import make_job, make_run
from tests.support.typed import manage, manage_json

CREATE = (
    "job",
    "create",
    "--name",
    "backup",
    "--description",
    "every night",
    "--cron",
    "0 2 * * *",
)

pytestmark = pytest.mark.usefixtures("way")


def test_create_runs_the_default_task_with_the_metadata() -> None:
    made = manage_json(*CREATE, "--metadata", '{"path": "/srv"}')
    assert (made["name"], made["description"], made["schedule"]) == (
        "backup",
        "every night",
        "0 2 * * *",
    )
    assert (made["task"], made["params"], made["metadata"]) == (
        "EchoTask",
        {"path": "/srv"},
        {"path": "/srv"},
    )
    assert manage_json(*CREATE)["name"] == "backup (2)"


def test_create_may_name_the_task_in_the_metadata() -> None:
    metadata = json.dumps({"task": "LogTask", "params": '{"message": "hi"}'})
    made = manage_json(*CREATE, "--metadata", metadata)
    assert (made["task"], made["params"]) == ("LogTask", {"message": "hi"})


def test_a_forgotten_task_is_still_told_where_the_name_stands_alone() -> None:
    with pytest.raises(CommandError, match=r"^task: "):
        manage("job", "create", "nightly", "--cron", "@daily")
    assert not Job.objects.exists()


def test_get_and_delete_by_id() -> None:
    made = manage_json(*CREATE)
    assert manage_json("job", "get", "--id", made["id"])["name"] == "backup"
    assert manage_json("job", "delete", "--id", made["id"])["result"] == "deleted"


def test_list_by_page_size_status_and_last_id() -> None:
    done = [
        make_run(make_job(schedule="@manual", name=f"done {n}"), state="succeeded").job
        for n in range(3)
    ]
    make_job(name="other")
    list_ = ("job", "list", "--page-size", "2", "--status", "COMPLETED")
    first = manage_json(*list_)
    assert [row["id"] for row in first] == [str(job.pk) for job in done[:2]]
    assert [row["id"] for row in manage_json(*list_, "--last-id", first[-1]["id"])] == [
        str(done[2].pk)
    ]
    plain = manage_json("job", "list", "--page-size", "3", "--last-id", first[0]["id"])
    assert [row["name"] for row in plain] == ["done 1", "done 2", "other"]


def test_more_jobs_of_a_status_than_fit_into_an_address_are_listed_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(older_words, "AT_ONCE", 2)
    jobs = [make_run(make_job(schedule="@manual"), state="succeeded").job for _ in range(5)]
    assert [row["id"] for row in manage_json("job", "list", "--status", "completed")] == [
        str(job.pk) for job in jobs
    ]
    for words in (("--page-size", "501"), ("--search", "x")):
        with pytest.raises(CommandError, match=r"^(page-size|status): "):
            manage("job", "list", "--status", "completed", *words)


def test_a_flag_that_is_not_of_dts_go_goes_with_a_task() -> None:
    with pytest.raises(CommandError, match=r"^tags: goes with --task"):
        manage(*CREATE, "--tags", "night")
    made = manage_json(*CREATE, "--paused", "--priority", "high", "--timeout", "60")
    assert (made["enabled"], made["priority"], made["timeout_seconds"]) == (False, 10, 60)


def test_update_changes_what_is_given_and_obeys_the_status() -> None:
    job_id = manage_json(*CREATE, "--metadata", '{"path": "/srv"}')["id"]
    update = ("job", "update", "--id", job_id)
    changed = manage_json(
        *update, "--name", "copy", "--description", "d", "--cron", "@daily", "--status", "PAUSED"
    )
    assert (changed["name"], changed["description"], changed["schedule"]) == ("copy", "d", "@daily")
    assert (changed["enabled"], changed["params"]) == (False, {"path": "/srv"})
    assert manage_json(*update, "--status", "scheduled")["enabled"]
    assert manage_json(*update, "--metadata", '{"path": "/home"}')["params"] == {"path": "/home"}
    make_run(Job.objects.get())
    assert manage_json(*update, "--status", "CANCELLED")["paused_reason"] == "cancelled"
    assert Run.objects.get().state == "cancelled"


def test_update_leaves_the_params_of_a_job_that_was_not_made_of_its_metadata() -> None:
    job = make_job(task="LogTask", params={"message": "hi"})
    changed = manage_json("job", "update", "--id", str(job.pk), "--metadata", '{"team": "ops"}')
    assert (changed["task"], changed["params"], changed["metadata"]) == (
        "LogTask",
        {"message": "hi"},
        {"team": "ops"},
    )


def test_a_status_that_cannot_be_set_changes_nothing() -> None:
    job = make_job(name="there")
    with pytest.raises(CommandError, match=r"^status: COMPLETED"):
        manage("job", "update", "--id", str(job.pk), "--name", "else", "--status", "COMPLETED")
    assert Job.objects.get().name == "there"
