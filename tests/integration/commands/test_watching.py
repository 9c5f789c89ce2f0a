"""``import_schedule --watch``: what it waits for, and what ends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs.importers.planning.plan import Plan
from jobs.maintenance.files.schedule_files import ScheduleFiles
from jobs.management.cli.files.watching import look
from jobs.outages import Outage
from tests.integration.importers.files import entry, write


def following(path: Path, error: Exception, *, times: int) -> ScheduleFiles:
    """Files whose import meets this error at its end, so many times."""
    left = [error] * times

    def on_plan(_plan: Plan) -> None:
        if left:
            raise left.pop()

    return ScheduleFiles([write(path / "schedule.json", entry("a"))], on_plan=on_plan)


def test_a_database_that_is_away_is_said_once_and_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files, outage = (
        following(tmp_path, OperationalError("gone"), times=3),
        Outage("test", "files wait", "files again"),
    )
    for _ in range(5):
        look(files, outage, now=timezone.now())
    waits, again = [message for message in caplog.messages if message.startswith("files")]
    assert waits == "files wait: gone"
    assert again.endswith(" s and 3 tries")


def test_a_terminal_that_is_gone_ends_it(tmp_path: Path) -> None:
    files = following(tmp_path, BrokenPipeError(), times=2)
    with pytest.raises(BrokenPipeError):
        look(files, Outage("test", "files wait"), now=timezone.now())
