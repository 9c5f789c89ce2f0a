"""Workers, the audit, versions, and what a command's exit status says."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError

from jobs.actions.jobs import update_job
from jobs.management.cli import progress
from jobs.management.cli.progress import Progress
from tests.support.builders import by, make_job, make_worker
from tests.support.eventually import eventually
from tests.support.typed import manage, manage_json
from tests.support.ways import Way


@pytest.mark.usefixtures("way")
def test_workers_that_live_are_listed() -> None:
    make_worker("mail", name="one@here")
    make_worker(name="gone@here", stopped_at="2026-01-01T00:00:00Z")
    (row,) = manage_json("worker", "list")
    assert (row["name"], row["queues"], row["concurrency"], row["tasks"]) == (
        "one@here",
        ["mail"],
        4,
        ["EchoTask"],
    )
    assert "one@here" in manage("worker", "list")


def test_the_audit_is_listed_newest_first_and_can_be_narrowed(way: Way) -> None:
    manage("job", "create", "hello", "--task", "EchoTask", "--schedule", "@daily")
    manage("job", "create", "other", "--task", "EchoTask", "--schedule", "@daily")
    manage("job", "pause", "hello", "--reason", "db move")
    rows = manage_json("audit", "list")
    assert [(row["verb"], row["target_name"]) for row in rows] == [
        ("pause_job", "hello"), ("create_job", "other"), ("create_job", "hello"),
    ]  # fmt: skip
    assert (rows[0]["who"], rows[0]["surface"]) == (way.who, way.surface)
    assert (rows[0]["reason"], rows[0]["changes"]["enabled"]) == ("db move", [True, False])
    assert manage_json("audit", "list", "--last-id", rows[0]["id"]) == rows[1:]
    assert manage_json("audit", "list", "--verb", "create_job", "--job", "hello") == rows[2:]
    assert manage_json("audit", "list", "--who", "nobody") == []
    assert "pause_job" in manage("audit", "list")


@pytest.mark.usefixtures("way")
def test_an_old_version_is_listed_and_restored() -> None:
    job = make_job(name="hello", schedule="@daily")
    update_job(job, {"schedule": "@hourly"}, actor=by("ana"), now=job.created_at)
    (kept,) = manage_json("job", "versions", "hello")
    assert (kept["version"], kept["replaced_by"], kept["fields"]["schedule"]) == (
        1,
        "ana",
        "@daily",
    )
    restored = manage_json("job", "restore", "--id", str(job.pk), "--version", "1")
    assert (restored["schedule"], restored["version"]) == ("@daily", 3)
    assert "@hourly" in manage("job", "versions", "hello")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["job", "get", "nobody"], 3),
        (["run", "get", "00000000-0000-0000-0000-000000000000"], 3),
        (["job", "backfill-cancel", "00000000-0000-0000-0000-000000000000"], 3),
        (["token", "revoke", "nothing"], 3),
        (["create_token", "nobody", "--name", "x"], 3),
        (["audit", "list", "--job", "nobody"], 3),
        (["audit", "list", "--verb", "odd"], 1),
        (["job", "restore", "there", "--version", "9"], 1),
        (["job", "list", "--status", "odd"], 1),
        (["job", "create", "x", "--task", "EchoTask", "--schedule", "bogus"], 1),
    ],
)
@pytest.mark.usefixtures("way")
def test_the_exit_status_says_whether_it_was_refused_or_not_found(
    words: list[str], status: int
) -> None:
    make_job(name="there")
    with pytest.raises(CommandError) as error:
        manage(*words)
    assert error.value.returncode == status


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_counts_on_a_terminal_and_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PATIENCE_SECONDS", "EVERY_SECONDS"):
        monkeypatch.setattr(progress, name, 0.01)
    terminal = Terminal()
    with Progress("importing", output=terminal) as work:
        assert list(work.counting(range(1234))) == list(range(1234))
        eventually(lambda: "importing … 1,234, 0 s" in terminal.getvalue())
    assert terminal.getvalue().endswith("\r\033[K")


def test_nothing_moves_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    output: Any = StringIO()
    with Progress("importing", output=output) as work:
        list(work.counting(range(10)))
    assert output.getvalue() == ""
