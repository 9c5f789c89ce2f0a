"""Reported dumps and settings, planned: what would be made of them, with a task of theirs
registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from celery import current_app

from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.planning.plan import Plan
from jobs.importers.service import import_files
from jobs.models import Job

REPORTED = Path(__file__).parents[2] / "data/reported"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _task() -> Iterator[None]:
    """The task that the reported files name."""

    @current_app.task(name="stub.noargs")
    def noargs() -> None:
        """Do nothing."""

    yield
    current_app.tasks.pop("stub.noargs")


def plan_of(*names: str) -> Plan:
    return import_files([str(REPORTED / name) for name in names], actor=IMPORTER, now=NOW)


def test_one_offs_that_are_done_are_told_once_and_hold_nothing_back() -> None:
    plan = plan_of("dumps/done-clocked.json")
    assert plan.problems == []
    assert set(Job.objects.values_list("name", flat=True)) == {"reminder 4713", "daily"}
    (warning,) = plan.warnings
    assert "switched off and their time is over: reminder 4711, reminder 4712" in warning.message


def test_a_one_off_that_is_over_and_not_switched_off_is_still_an_error(tmp_path: Path) -> None:
    text = (REPORTED / "dumps/done-clocked.json").read_text()
    (tmp_path / "dump.json").write_text(text.replace('"enabled": false', '"enabled": true'))
    plan = import_files([str(tmp_path / "dump.json")], actor=IMPORTER, now=NOW)
    assert {problem.job for problem in plan.problems} == {"reminder 4711", "reminder 4712"}


def test_names_are_kept_whatever_their_alphabet_and_what_nobody_sees_is_refused() -> None:
    plan = plan_of("dumps/names.json")
    assert [problem.job for problem in plan.problems] == ["line\nbreak", "\u202egnp.exe"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_that_windows_wrote_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "settings.py"
    path.write_bytes((REPORTED / "settings/zone.py.txt").read_text().encode(encoding))
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
