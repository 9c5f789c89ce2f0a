"""DTS-Go's command line, exactly as its document prints it."""

from __future__ import annotations

import json
import shlex

import pytest
from django.core.management import CommandError

from jobs.models import Job, Run
from tests.support.builders import make_job, make_run
from tests.support.samples import SAMPLES
from tests.support.typed import manage, manage_json

pytestmark = pytest.mark.usefixtures("way")


def documented(verb: str, job_id: str = "") -> list[str]:
    """The words of one documented command, behind the name of its program."""
    lines = (SAMPLES / "dts_go" / "commands.txt").read_text().splitlines()
    [line] = [line for line in lines if f" job {verb} " in line]
    words = shlex.split(line.replace("<job_id>", job_id))
    return words[words.index("job") :]


def test_its_documented_commands_work_as_they_are() -> None:
    made = manage_json("dts", *documented("create"))
    assert (made["name"], made["description"], made["cronExpression"]) == (
        "My Job",
        "Description",
        "*/5 * * * *",
    )
    assert made["metadata"] == {"key": "value"}
    job = Job.objects.get()
    assert (str(job.pk), job.task, job.params) == (made["id"], "EchoTask", {"key": "value"})
    assert manage_json("dts", *documented("get", made["id"])) == made
    assert [row["id"] for row in manage_json("dts", *documented("list"))["jobs"]] == [made["id"]]
    updated = manage_json("dts", *documented("update", made["id"]))
    assert (updated["name"], updated["status"]) == ("Updated Job", "PAUSED")
    assert manage_json("dts", *documented("delete", made["id"])) == {"success": True}
    assert not Job.objects.exists()


def test_metadata_may_name_the_task_and_a_name_that_is_taken_is_numbered() -> None:
    metadata = json.dumps({"task": "LogTask", "params": '{"message": "hi"}'})
    create = (
        "dts",
        "job",
        "create",
        "--name",
        "backup",
        "--cron",
        "0 2 * * *",
        "--metadata",
        metadata,
    )
    assert [manage_json(*create)["name"] for _ in range(2)] == ["backup", "backup (2)"]
    assert {(job.task, job.params["message"]) for job in Job.objects.all()} == {("LogTask", "hi")}


def test_a_list_shows_ids_and_how_its_next_page_is_asked_for() -> None:
    done = [
        make_run(make_job(schedule="@manual", name=f"done {n}"), state="succeeded").job
        for n in range(3)
    ]
    make_job(name="other")
    out = manage("dts", "job", "list", "--page-size", "2", "--status", "COMPLETED")
    assert all(str(job.pk) in out for job in done[:2])
    assert out.splitlines()[-1] == f"next: --last-id {done[1].pk}"
    out = manage(
        "dts",
        "job",
        "list",
        "--page-size",
        "2",
        "--status",
        "completed",
        "--last-id",
        str(done[1].pk),
    )
    assert str(done[2].pk) in out
    assert "next:" not in out


def test_an_update_changes_what_is_given_and_obeys_the_status() -> None:
    job = make_job(task="LogTask", params={"message": "hi"})
    update = ("dts", "job", "update", "--id", str(job.pk))
    changed = manage_json(*update, "--description", "d", "--cron", "@daily")
    assert (changed["description"], changed["cronExpression"], changed["name"]) == (
        "d",
        "@daily",
        job.name,
    )
    make_run(job)
    assert manage_json(*update, "--status", "CANCELLED")["status"] == "CANCELLED"
    assert Run.objects.get().state == "cancelled"
    assert manage_json(*update, "--status", "scheduled")["status"] == "SCHEDULED"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("create", "--name", "x", "--cron", "61 * * * *"), r"^cron: minute: 61"),
        (("create", "--name", "x", "--metadata", "{"), r"^metadata: must be JSON"),
        (("create", "--name", "x", "--metadata", '{"n": 1}'), r"^metadata: "),
        (("list", "--status", "asleep"), r"^status: must be one of"),
        (("list", "--last-id", "soon"), r"^last-id: "),
    ],
)
def test_what_cannot_be_done_names_the_flag(words: tuple[str, ...], text: str) -> None:
    with pytest.raises(CommandError, match=text):
        manage("dts", "job", *words)
    assert not Job.objects.exists()


def test_a_status_that_cannot_be_set_changes_nothing() -> None:
    job = make_job(name="there")
    with pytest.raises(CommandError, match=r"^status: COMPLETED"):
        manage(
            "dts", "job", "update", "--id", str(job.pk), "--name", "else", "--status", "COMPLETED"
        )
    assert Job.objects.get().name == "there"
