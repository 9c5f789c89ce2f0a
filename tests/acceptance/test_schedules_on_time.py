"""Schedules over real minutes: each second once, a phase that survives a restart, and the same as
stock celery beat.
"""

from __future__ import annotations

import ast
import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.site import Site

MINUTES = (
    "takes whole minutes on the clock; fifteen seconds of it, and every rule in "
    "tests/unit/schedules, are in the core"
)
GSCHED = {
    "jobs": [
        {
            "jobName": "log-one",
            "priority": 1,
            "taskName": "LogTask",
            "taskParams": {"message": "one"},
        },
        {
            "jobName": "log-two",
            "priority": 2,
            "taskName": "LogTask",
            "taskParams": {"message": "two"},
        },
        {"jobName": "echo-params", "priority": 1, "taskName": "EchoTask", "taskParams": {"a": 1}},
        {"jobName": "echo-none", "priority": 1, "taskName": "EchoTask"},
        {"jobName": "unregistered", "priority": 1, "taskName": "NonExistentTask", "taskParams": {}},
        {"jobName": "log-silent", "priority": 1, "taskName": "LogTask", "taskParams": {}},
    ]
}


def write_gsched(folder: Path) -> str:
    for job in GSCHED["jobs"]:
        job["cronTime"] = "* * * * *"
    path = folder / "schedule.json"
    path.write_text(json.dumps(GSCHED, indent=2))
    return str(path)


def minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


@pytest.mark.parametrize(
    "seconds", [15, pytest.param(60, marks=pytest.mark.only_in_all(reason=MINUTES))]
)
def test_each_second_runs_once_and_an_interval_keeps_its_phase_over_a_restart(seconds: int) -> None:
    with Site("sqlite") as site:
        site.worker()
        scheduler = site.scheduler()
        site.manage(
            "job", "create", "each-second", "--task", "EchoTask", "--schedule", "* * * * * *"
        )
        site.manage("job", "create", "each-five", "--task", "EchoTask", "--schedule", "@every 5s")
        eventually(lambda: site.runs("each-second"), seconds=10)
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        time.sleep(0.4 * seconds)
        scheduler.stop()
        scheduler = site.scheduler()
        wanted = [start + timedelta(seconds=number) for number in range(seconds)]
        eventually(lambda: site.runs("each-second", scheduled_for=wanted[-1]), seconds=seconds + 20)
        scheduler.stop()
        eventually(
            lambda: not site.runs(state="queued") and not site.runs(state="running"), seconds=20
        )

        within = [run["scheduled_for"] for run in site.runs("each-second", state="succeeded")]
        assert [moment for moment in within if wanted[0] <= moment <= wanted[-1]] == wanted
        fives = [run["scheduled_for"] for run in site.runs("each-five", state="succeeded")]
        assert len(fives) >= seconds // 5
        assert {late - early for early, late in itertools.pairwise(fives)} == {timedelta(seconds=5)}


@pytest.mark.only_in_all(reason=MINUTES)
@pytest.mark.timeout(480)  # two whole minutes, and up to one more until the first begins
def test_the_file_of_gsched_runs_each_minute_exactly_as_stock_celery_beat_would(
    tmp_path: Path,
) -> None:
    schedule = write_gsched(tmp_path)
    with Site("sqlite") as ours, Site("sqlite") as stock:
        refusal = ours.manage("import_schedule", schedule, check=False)
        assert "NonExistentTask" in refusal
        assert "log-silent" in refusal
        assert ours.query("SELECT * FROM beatwright_job") == []

        for site in (ours, stock):
            site.manage("import_schedule", schedule, "--partial")
        stock.manage("export_schedule", "--format", "celery_beat")
        disabled = "SELECT * FROM django_celery_beat_periodictask WHERE enabled = %s"
        assert len(stock.query(disabled, False)) == 4
        stock.execute("DELETE FROM beatwright_jobstate")
        stock.python(
            "from django_celery_beat.models import PeriodicTask\n"
            "PeriodicTask.objects.update(enabled=True)"
        )

        for site in (ours, stock):
            site.worker()
        first = minute(datetime.now(UTC)) + timedelta(minutes=1)
        ours.scheduler()
        stock.scheduler("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")
        time.sleep((first + timedelta(seconds=70) - datetime.now(UTC)).total_seconds())

        minutes = {first, first + timedelta(minutes=1)}
        done = [run for run in ours.runs() if run["scheduled_for"] in minutes]
        assert {(run["state"], run["attempt"]) for run in done} == {("succeeded", 1)}
        assert len(done) == 8
        by_us = {
            (run["task"], json.dumps(run["params"]), minute(run["started_at"])) for run in done
        }
        by_stock = [
            (
                row["task_name"],
                json.dumps(ast.literal_eval(json.loads(row["task_kwargs"]))),
                minute(row["date_created"]),
            )
            for row in stock.attempts()
        ]
        counted = [fired for fired in by_stock if fired[2] in minutes]
        assert set(counted) == by_us
        assert len(counted) == 8
