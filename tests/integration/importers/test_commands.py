"""``manage.py import_schedule`` and ``export_schedule``, as typed."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from jobs.models import Job
from tests.integration.importers.files import entry, write
from tests.support.builders import make_job
from tests.support.eventually import eventually
from tests.support.processes import PYTHON, Process, clean_environment


def manage(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "schedule.json"


def test_an_import_prints_what_changed_and_when_it_fires_next(path: Path) -> None:
    out, err = manage(
        "import_schedule", write(path, entry("a", schedule="0 0 1 1 *", timezone="Europe/Berlin"))
    )
    year = timezone.now().year + 1
    assert out == f"+ a  next {year}-01-01T00:00:00+01:00  Europe/Berlin\n1 new, 0 unchanged\n"
    assert err == ""
    file = write(
        path,
        entry("a", schedule="0 0 1 2 *", timezone="Europe/Berlin"),
        entry("b", schedule="@manual"),
    )
    out, _ = manage("import_schedule", file, "--dry-run")
    assert out.splitlines() == [
        "+ b  next never  UTC",
        f"~ a  next {year}-01-01T00:00:00+01:00 → {year}-02-01T00:00:00+01:00  Europe/Berlin",
        '    schedule: "0 0 1 1 *" → "0 0 1 2 *"',
        "1 new, 1 changed, 0 unchanged",
    ]
    assert Job.objects.get().schedule == "0 0 1 1 *"


def test_the_same_file_again_says_0_changes(path: Path) -> None:
    file = write(path, entry("a"), entry("b"))
    manage("import_schedule", file)
    assert manage("import_schedule", file) == ("0 changes, 2 unchanged\n", "")


def test_an_error_is_printed_with_its_place_and_ends_with_failure(path: Path) -> None:
    err = StringIO()
    with pytest.raises(
        CommandError, match="nothing was imported; --partial takes the jobs that are right"
    ):
        call_command(
            "import_schedule",
            write(path, entry("a"), entry("b", task="EchTask")),
            stdout=StringIO(),
            stderr=err,
        )
    assert f"error: {path}:" in err.getvalue()
    assert (
        "job 'b', task: unknown task 'EchTask' (did you mean 'EchoTask'? registered: "
        in err.getvalue()
    )
    assert not Job.objects.exists()


def test_a_partial_import_prints_the_errors_and_ends_well(path: Path) -> None:
    out, err = manage(
        "import_schedule", write(path, entry("a"), entry("b", task="Nope")), "--partial"
    )
    assert out.endswith("1 new, 0 unchanged, 1 error\n")
    assert "unknown task 'Nope'" in err


def test_a_partial_import_without_anything_right_fails(path: Path) -> None:
    with pytest.raises(CommandError):
        manage("import_schedule", write(path, entry("b", task="Nope")), "--partial")


def test_json_lines_tell_the_same(path: Path) -> None:
    file = write(path, entry("a"), entry("b", task="Nope"))
    out, err = manage("import_schedule", file, "--partial", "--json")
    new, problem, summary = map(json.loads, out.splitlines())
    assert (new["kind"], new["job"], new["will_fire"][-1]) == ("new", "a", "Z")
    assert (problem["kind"], problem["job"], problem["field"], problem["line"]) == (
        "problem",
        "b",
        "task",
        10,
    )
    expected = {
        "kind": "summary",
        "new": 1,
        "changed": 0,
        "paused": 0,
        "same": 0,
        "problems": 1,
        "applied": True,
    }
    assert summary == expected
    assert err == ""


def test_a_job_that_may_not_run_yet_shows_when_it_would(path: Path) -> None:
    out, _ = manage(
        "import_schedule",
        write(path, entry("a", enabled=False, schedule="30 2 1 1 *")),
        "--dry-run",
    )
    would = f"{timezone.now().year + 1}-01-01T02:30:00+00:00"
    assert out.splitlines()[0] == f"+ a  next never (paused; if resumed {would})  UTC"


def test_pruning_says_which_jobs_were_paused(path: Path) -> None:
    manage("import_schedule", write(path, entry("a"), entry("b")))
    out, _ = manage("import_schedule", write(path, entry("a")), "--prune")
    assert out.splitlines()[1:] == [f"    paused: no longer in {path}", "1 paused, 1 unchanged"]


def test_watching_and_a_dry_run_do_not_go_together(path: Path) -> None:
    with pytest.raises(CommandError, match="does not go with --dry-run"):
        manage("import_schedule", write(path, entry("a")), "--watch", "--dry-run")


def test_an_export_can_be_imported_elsewhere(path: Path) -> None:
    make_job(name="a", priority=10, ends_at=timezone.now() + timedelta(days=1))
    text, _ = manage("export_schedule")
    Job.objects.all().delete()
    path.write_text(text)
    manage("import_schedule", str(path))
    assert manage("export_schedule")[0] == text


def test_an_export_to_celery_beat_names_what_it_left_out() -> None:
    make_job(name="a")
    make_job(name="b", schedule="* * * * * *")
    out, err = manage("export_schedule", "--format", "celery_beat")
    assert (
        out
        == "1 periodic tasks written, all disabled; 0 outdated ones removed, 1 jobs not exported\n"
    )
    assert (
        err == "not exported: 'b': it fires at seconds other than 0, and celery beat's cron has no "
        "seconds\n"
    )


@pytest.fixture
def watching(path: Path, tmp_path: Path) -> Iterator[Process]:
    """The command in a process of its own, on the database of this test."""
    environment = clean_environment() | {
        "DATABASE_URL": _database_url(connection.settings_dict),
        "DATA_DIR": str(tmp_path),
    }
    command = [PYTHON, "manage.py", "import_schedule", write(path, entry("a")), "--watch"]
    process = Process(command, env=environment, log_path=tmp_path / "log")
    yield process
    process.kill_all()


def _database_url(database: dict[str, Any]) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    host = f"{quote(str(database['HOST']), safe='')}:{database['PORT']}"
    return f"postgres://{database['USER']}@{host}/{database['NAME']}"


def test_watching_applies_a_save_and_keeps_the_last_good_schedule(
    path: Path, watching: Process
) -> None:
    watching.wait_for_log("1 new, 0 unchanged", seconds=60)
    write(path, entry("a", schedule="@daily"), entry("b"))
    eventually(lambda: Job.objects.filter(name="a", schedule="@daily").exists(), seconds=20)
    path.write_text("{ broken")
    watching.wait_for_log("the last good schedule stays", seconds=20)
    assert Job.objects.filter(enabled=True).count() == 2
    write(path, entry("b"))
    eventually(lambda: Job.objects.filter(name="a", enabled=False).exists(), seconds=20)
    watching.send(signal.SIGINT)
    assert watching.wait(seconds=10) == 0
    assert "stopped watching" in watching.log()
