"""Following schedule files."""

from __future__ import annotations

import logging
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jobs.importers.planning.plan import Plan
from jobs.maintenance.files.schedule_files import ScheduleFiles
from jobs.models import Job
from tests.integration.importers.files import entry, write


def look(files: ScheduleFiles) -> Counter[str]:
    return files.run_once(now=timezone.now())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "schedule.json"


def test_what_is_saved_is_applied_and_what_is_gone_is_paused(path: Path) -> None:
    files = ScheduleFiles([write(path, entry("a"), entry("b"))])
    assert look(files) == {"files": 1, "new": 2}
    write(path, entry("a", schedule="@daily"))
    assert look(files) == {"files": 1, "changed": 1, "paused": 1}
    assert Job.objects.get(name="a").schedule == "@daily"
    assert not Job.objects.get(name="b").enabled


def test_a_settled_file_is_not_read_again_while_nothing_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = timezone.now() + timedelta(minutes=1)
    files = ScheduleFiles([write(path, entry("a"))])
    files.run_once(now=later)
    monkeypatch.setattr("jobs.maintenance.files.schedule_files.content", None)
    assert files.run_once(now=later) == {}
    os.utime(path)
    with pytest.raises(TypeError):
        files.run_once(now=later)


def test_a_second_save_within_the_same_tick_of_the_clock_is_seen(path: Path) -> None:
    files = ScheduleFiles([write(path, entry("a"))])
    look(files)
    stat = path.stat()
    path.write_bytes(path.read_bytes().replace(b'"0 * * * *"', b'"1 * * * *"'))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert look(files) == {"files": 1, "changed": 1}


def test_the_same_content_saved_again_is_not_imported(path: Path) -> None:
    files = ScheduleFiles([write(path, entry("a"))])
    look(files)
    Job.objects.update(timeout_seconds=5)
    write(path, entry("a"))
    assert look(files) == {}


def test_a_broken_file_keeps_the_last_good_schedule_and_is_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = ScheduleFiles([write(path, entry("a"))])
    look(files)
    path.write_text('{"jobs": [')
    with caplog.at_level(logging.ERROR):
        assert look(files) == {"files": 1, "problems": 1}
        assert look(files) == {}
    assert len(caplog.records) == 1
    assert f"{path}:1:11" in caplog.text
    assert Job.objects.get().enabled
    write(path, entry("a", schedule="@daily"))
    assert look(files) == {"files": 1, "changed": 1}


def test_a_file_with_one_bad_job_changes_nothing_unless_the_good_part_is_wanted(path: Path) -> None:
    file = write(path, entry("a"), entry("b", task="Nope"))
    assert look(ScheduleFiles([file])) == {"files": 1, "problems": 1}
    assert not Job.objects.exists()
    assert look(ScheduleFiles([file], partial=True)) == {"files": 1, "new": 1, "problems": 1}
    assert Job.objects.get().name == "a"


def test_a_missing_file_is_told_once_and_followed_when_it_comes(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = ScheduleFiles([str(path)])
    with caplog.at_level(logging.ERROR):
        look(files)
        look(files)
    assert len(caplog.records) == 1
    write(path, entry("a"))
    assert look(files) == {"files": 1, "new": 1}


def test_a_file_that_goes_away_keeps_its_jobs_and_its_return_changes_nothing(path: Path) -> None:
    files = ScheduleFiles([write(path, entry("a"))])
    look(files)
    hidden = path.rename(path.with_suffix(".bak"))
    look(files)
    assert Job.objects.get().enabled
    hidden.rename(path)
    assert look(files)["same"] == 1


def test_a_broken_file_does_not_keep_the_others_back(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    files = ScheduleFiles(
        [str(tmp_path / "broken.json"), write(tmp_path / "good.json", entry("a"))]
    )
    assert look(files)["new"] == 1


def test_a_job_that_moves_to_an_earlier_file_arrives_at_the_next_look(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    files = ScheduleFiles([write(first, entry("x")), write(second, entry("a"), entry("b"))])
    look(files)
    write(first, entry("x"), entry("a"))
    write(second, entry("b"))
    look(files)
    look(files)
    moved = Job.objects.get(name="a")
    assert (moved.source, moved.enabled) == (str(first), True)


def test_every_plan_is_told_to_whoever_listens(path: Path) -> None:
    told: list[Plan] = []
    files = ScheduleFiles([write(path, entry("a"))], on_plan=told.append)
    look(files)
    look(files)
    assert [len(plan.new) for plan in told] == [1]
