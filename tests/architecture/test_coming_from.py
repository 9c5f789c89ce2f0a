"""What the older systems have is here, row by row: each row with tests that there are, and the page
that says so.
"""

from __future__ import annotations

import os
import subprocess
import sys

from django_celery_beat.schedulers import DatabaseScheduler

from jobs.scheduler.beat import JobScheduler
from tests.architecture.source import BASE_DIR
from tests.support.coming_from import PAGE, all_rows, page

# As many as were counted in the five systems' sources and documents, and in the design.
COUNTED = {
    "gsched": 27,
    "distributed-job-scheduler": 29,
    "DTS-Go": 45,
    "GoDispatch": 30,
    "taskmanager": 28,
    "Design": 19,
}
TOP = (
    "manage.py", "scheduler_site", "jobs", "tasks", "templates", "requirements.txt",
    "docker-compose.yml", "tests",
)  # fmt: skip


def test_no_row_is_missing_and_none_is_there_in_part() -> None:
    rows = all_rows()
    assert {name: sum(row.system == name for row in rows) for name in COUNTED} == COUNTED
    assert len({(row.system, row.has) for row in rows}) == len(rows) == sum(COUNTED.values())
    assert [row.has for row in rows if not (row.reason or (row.here and row.tests))] == []
    assert sum(bool(row.reason) for row in rows) <= 8


def test_every_test_that_a_row_names_is_collected() -> None:
    named = {test for row in all_rows() for test in row.tests}
    files = sorted({test.partition("::")[0] for test in named})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:randomly", *files],
        cwd=BASE_DIR,
        env=os.environ | {"DISPLAY": ""},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    assert sorted(named - collected) == [], done.stdout[-2000:] + done.stderr


def test_the_page_says_what_the_table_does() -> None:
    assert PAGE.read_text() == page(), "python -m tests.support.coming_from writes it"


def test_the_top_level_is_that_of_the_design() -> None:
    assert [name for name in TOP if not (BASE_DIR / name).exists()] == []


def test_the_scheduler_is_one_of_django_celery_beats() -> None:
    assert issubclass(JobScheduler, DatabaseScheduler)
