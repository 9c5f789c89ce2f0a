"""Reported dumps and settings, planned: what would be made of them, with a task of theirs
registered.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.planning.plan import Plan
from jobs.importers.service import import_files
from jobs.models import Job
from jobs.schedules import Schedule

REPORTED = Path(__file__).parents[2] / "data/reported"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def reported(tmp_path: Path) -> Path:
    """The reported files, with a task that there is."""
    for path in REPORTED.rglob("*"):
        if path.is_file():
            (tmp_path / path.name).write_text(path.read_text().replace("stub.noargs", "EchoTask"))
    return tmp_path


def plan_of(*paths: Path) -> Plan:
    return import_files(map(str, paths), actor=IMPORTER, now=NOW)


def test_one_offs_that_are_done_are_told_once_and_hold_nothing_back(reported: Path) -> None:
    plan = plan_of(reported / "done-clocked.json")
    assert plan.problems == []
    assert set(Job.objects.values_list("name", flat=True)) == {"reminder 4713", "daily"}
    (warning,) = plan.warnings
    assert "switched off and their time is over: reminder 4711, reminder 4712" in warning.message


def test_a_one_off_that_is_over_and_not_switched_off_is_still_an_error(reported: Path) -> None:
    path = reported / "done-clocked.json"
    path.write_text(path.read_text().replace('"enabled": false', '"enabled": true'))
    plan = plan_of(path)
    assert {problem.job for problem in plan.problems} == {"reminder 4711", "reminder 4712"}


def test_names_are_kept_whatever_their_alphabet_and_what_nobody_sees_is_refused(
    reported: Path,
) -> None:
    plan = plan_of(reported / "names.json")
    assert [problem.job for problem in plan.problems] == ["line\nbreak", "\u202egnp.exe"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_that_windows_wrote_is_read(reported: Path, encoding: str) -> None:
    path = reported / "zone.py.txt"
    path.write_bytes(path.read_text().encode(encoding))
    assert import_files([str(path)], actor=IMPORTER, now=NOW).counts()["new"] == 1


def test_a_file_in_another_alphabet_is_named_with_the_way_to_convert_it(tmp_path: Path) -> None:
    path = tmp_path / "crontab"
    path.write_bytes("0 4 * * * /usr/bin/prüfung\n".encode("latin-1"))
    (problem,) = import_files([str(path)], actor=IMPORTER, now=NOW).problems
    assert (problem.line, "iconv" in problem.hint) == (1, True)


def test_files_that_cron_leaves_alone_make_no_jobs(tmp_path: Path) -> None:
    folder = tmp_path / "cron.d"
    folder.mkdir()
    for name in ("php", "php.dpkg-old", "php~", ".placeholder", "my.job"):
        (folder / name).write_text("9,39 * * * * root /usr/lib/php/sessionclean\n")
    plan = import_files(sorted(map(str, folder.iterdir())), actor=IMPORTER, now=NOW)
    assert {Path(change.job.source).name for change in plan.new} == {"php", "my.job"}
    told = {
        Path(warning.file).name: warning.message
        for warning in plan.warnings
        if "as the user" not in warning.message
    }
    assert "Debian's cron does not read" in told["my.job"]
    assert {name for name, text in told.items() if "passed over" in text} == {
        "php.dpkg-old",
        "php~",
        ".placeholder",
    }


@pytest.mark.parametrize("name", ["anacrontab", "other"])
def test_an_anacrontab_is_called_what_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(
        "START_HOURS_RANGE=3-22\n1\t5\tcron.daily\tnice run-parts /etc/cron.daily\n@monthly 45 "
        "m run-it\n"
    )
    (problem,) = import_files([str(path)], actor=IMPORTER, now=NOW).problems
    assert "is an anacrontab" in problem.message


def test_the_options_of_rows_are_kept_and_what_no_job_can_do_is_named(reported: Path) -> None:
    plan = import_files([str(reported / "row-options.json")], actor=IMPORTER, now=NOW, partial=True)
    assert [problem.job for problem in plan.problems] == ["half second"]
    jobs = {job.name: job for job in Job.objects.all()}
    assert jobs["expires after an hour"].start_deadline_seconds == 3600
    assert jobs["priority 9"].priority == -10  # on Redis, where 9 is the last
    assert jobs["empty routing key"].queue == "default"
    assert jobs["header"].metadata == {"celery_headers": {"tenant": "a"}}
    assert jobs["one off interval"].one_off
    assert any("does not find them in its request" in warning.message for warning in plan.warnings)


def test_expires_of_a_settings_file_is_a_start_deadline(reported: Path) -> None:
    assert plan_of(reported / "expires.py.txt").problems == []
    assert dict(Job.objects.values_list("name", "start_deadline_seconds")) == {
        "dedupe": 72,
        "mail": 540,
    }


def test_celerys_days_must_match_both_fields(reported: Path) -> None:
    import_files([str(reported / "crontab-kinds.py.txt")], actor=IMPORTER, now=NOW, partial=True)
    monday = Job.objects.get(name="first-monday")
    assert (monday.schedule, monday.day_rule) == ("0 7 1-7 * 1", "and")
    plan = Schedule(monday.rule(), anchor=NOW)
    days = plan.between(NOW, NOW + timedelta(days=365), 100)
    assert len(days) == 12
    assert all(day.weekday() == 0 and day.day <= 7 for day in days)
    assert Job.objects.get(name="set").day_rule == "or"
