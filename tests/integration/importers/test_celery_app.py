"""``import_schedule --celery-app``: an app is imported in a process of its own, and its schedule
read.
"""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from jobs.importers.planning.plan import Plan
from jobs.models import Job
from tests.integration.importers.files import run, write

APP = """
import os, sys
from datetime import timedelta
from celery import Celery
from celery.schedules import crontab, schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
print("hello from the app", os.environ["DJANGO_SETTINGS_MODULE"])
app = Celery("shop", set_as_current=True)
app.conf.timezone = "Europe/Berlin"
app.conf.beat_schedule = {
    "nightly": {"task": "EchoTask",
                "schedule": crontab(minute=30, hour=[2, 14], day_of_week="mon-fri"),
                "kwargs": {"n": (1, 2)}, "options": {"queue": "slow"}},
    "often": {"task": "InvoiceProcessor", "schedule": timedelta(minutes=5), "args": ["weekly"]},
    "run every": {"task": "EchoTask", "schedule": schedule(90)},
%s}
SETTING = {"only": {"task": "EchoTask", "schedule": 30}}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the operator is in, with a package ``shop``."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/settings.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def app(place: Path, more: str = "") -> None:
    (place / "shop/celery.py").write_text(APP % more)


def imported(target: str = "shop.celery:app", **flags: bool) -> Plan:
    return run(apps=[target], **flags)


def test_an_apps_schedule_becomes_jobs_in_its_time_zone(place: Path) -> None:
    app(place)
    assert imported().counts()["new"] == 3
    found = Job.objects.order_by("name").values_list(
        "name", "schedule", "timezone", "params", "queue", "source"
    )
    assert list(found) == [
        (
            "nightly",
            "30 2,14 * * mon-fri",
            "Europe/Berlin",
            {"n": [1, 2]},
            "slow",
            "shop.celery:app",
        ),
        ("often", "@every 5m", "UTC", {"task_param": "weekly"}, "default", "shop.celery:app"),
        ("run every", "@every 1m30s", "UTC", {}, "default", "shop.celery:app"),
    ]
    assert imported(prune=True).counts() == {
        "new": 0,
        "changed": 0,
        "paused": 0,
        "same": 3,
        "problems": 0,
    }


def test_the_app_is_not_imported_into_this_process(place: Path) -> None:
    app(place)
    imported()
    assert not any(name.startswith("shop") for name in sys.modules)


@pytest.mark.parametrize(("target", "jobs"), [("shop.celery", 3), ("shop.celery:SETTING", 1)])
def test_the_usual_name_is_guessed_and_a_plain_setting_will_do(
    place: Path, target: str, jobs: int
) -> None:
    app(place)
    assert imported(target).counts()["new"] == jobs


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            '"x": {"task": "EchoTask", "schedule": 5, "kwargs": {"a": app}},',
            "cannot be kept: Celery has no JSON form",
        ),
        (
            '"x": {"task": "EchoTask", "schedule": schedule(5, relative=True)},',
            "cannot be kept: schedule has no JSON",
        ),
    ],
)
def test_an_entry_that_cannot_be_kept_is_named_and_the_others_may_be_taken(
    place: Path, entry: str, message: str
) -> None:
    app(place, entry)
    plan = imported(partial=True)
    (problem,) = plan.problems
    assert str(problem).startswith("shop.celery:app at beat_schedule.x")
    assert message in problem.message
    assert plan.counts()["new"] == 3


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("no.such.module:app", "cannot be imported: ModuleNotFoundError: No module named 'no'"),
        ("shop.celery:nope", "cannot be imported: AttributeError"),
        ("shop", "shop has none of app, celery, CELERY_BEAT_SCHEDULE"),
        ("shop.broken", "cannot be imported: ZeroDivisionError"),
        ("shop.leaves", "cannot be imported: ended with status 3"),
        ("shop.celery:APP.title", "cannot be imported: AttributeError"),
    ],
)
def test_an_app_that_cannot_be_imported_is_told(place: Path, target: str, message: str) -> None:
    app(place)
    (place / "shop/broken.py").write_text("1 / 0")
    (place / "shop/leaves.py").write_text("raise SystemExit(3)")
    plan = imported(target)
    (problem,) = plan.problems
    assert (problem.file, problem.line) == (target, 0)
    assert message in problem.message


def test_files_and_apps_go_together_on_the_command_line(place: Path) -> None:
    app(place)
    file = write(place / "x.json", {"name": "a", "task": "EchoTask", "schedule": "@daily"})
    out = StringIO()
    call_command(
        "import_schedule", file, "--celery-app", "shop.celery:app", "--dry-run", stdout=out
    )
    assert out.getvalue().endswith("4 new, 0 unchanged\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name a file, or an app with --celery-app"),
        (["--celery-app", "x", "--watch"], "does not go with --celery-app"),
        (["x", "--timezone", "Mars"], "--timezone: 'Mars' is not a known time zone"),
    ],
)
def test_words_that_make_no_sense_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("import_schedule", *words)


def test_the_command_line_tells_zone_and_user_column(tmp_path: Path) -> None:
    path = tmp_path / "crontab"
    path.write_text("0 4 * * * alice backup now\n")
    call_command(
        "import_schedule", str(path), "--timezone", "Europe/Berlin", "--user-column",
        stdout=StringIO(),
        stderr=StringIO(),
    )  # fmt: skip
    job = Job.objects.get()
    assert (job.name, job.timezone) == ("crontab:alice:backup now", "Europe/Berlin")
    assert job.params == {"argv": ["/bin/sh", "-c", "backup now"]}
    assert "ALLOW_COMMANDS" in job.paused_reason


LATE = """
from celery import Celery, shared_task
from celery.schedules import crontab

app = Celery("shop", set_as_current=True, include=["shop.more"])

@app.task(name="EchoTask")
def echo(**params): ...

@app.on_after_configure.connect
def configured(sender, **kwargs):
    sender.add_periodic_task(300.0, echo.s(), name="configured", expires=60)

@app.on_after_finalize.connect
def finalized(sender, **kwargs):
    mondays = crontab(hour=7, minute=30, day_of_week=1)
    sender.add_periodic_task(mondays, echo.s(n=1), name="finalized")
"""
MORE = """
from shop.celery import app
app.conf.beat_schedule["of a module"] = {"task": "EchoTask", "schedule": 30}
"""


def test_what_an_app_adds_once_it_is_configured_finalized_or_imported_whole_is_read(
    place: Path,
) -> None:
    (place / "shop/celery.py").write_text(LATE)
    (place / "shop/more.py").write_text(MORE)
    plan = imported()
    assert plan.problems == []
    found = Job.objects.order_by("name").values_list(
        "name", "schedule", "params", "start_deadline_seconds"
    )
    assert list(found) == [
        ("configured", "@every 5m", {}, 60),
        ("finalized", "30 7 * * 1", {"n": 1}, None),
        ("of a module", "@every 30s", {}, None),
    ]


def test_a_module_of_the_app_that_cannot_be_imported_is_told(place: Path) -> None:
    (place / "shop/celery.py").write_text(LATE)
    (problem,) = imported().problems
    assert "cannot be imported: ModuleNotFoundError: No module named 'shop.more'" in problem.message
