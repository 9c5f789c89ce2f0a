"""Who owns a job, and how it changes hands."""

from __future__ import annotations

from pathlib import Path

from jobs.models import Job
from tests.integration.importers.files import entry, run, write
from tests.support.builders import make_job


def test_a_file_does_not_overwrite_a_job_that_no_file_owns(tmp_path: Path) -> None:
    make_job(name="a", schedule="@daily")
    plan = run(write(tmp_path / "x.json", entry("a")))
    assert "a job of this name that no file owns differs in schedule" in str(plan.problems[0])
    assert Job.objects.get().schedule == "@daily"


def test_a_file_takes_over_a_job_that_is_the_same(tmp_path: Path) -> None:
    make_job(name="a", schedule="0 * * * *")
    file = write(tmp_path / "x.json", entry("a"))
    assert list(run(file).changed[0].fields) == ["source"]
    assert Job.objects.get().source == file


def test_an_entry_may_say_that_nobody_owns_its_job(tmp_path: Path) -> None:
    make_job(name="a", schedule="@daily")
    run(write(tmp_path / "x.json", entry("a", source="")))
    job = Job.objects.get()
    assert (job.schedule, job.source) == ("0 * * * *", "")


def test_a_job_of_another_file_is_refused_while_that_file_is_there(tmp_path: Path) -> None:
    first = write(tmp_path / "first.json", entry("a"))
    run(first)
    plan = run(write(tmp_path / "second.json", entry("a", schedule="@daily")))
    assert f"the job belongs to {first}" in str(plan.problems[0])
    assert Job.objects.get().schedule == "0 * * * *"


def test_a_job_may_move_between_files_imported_together(tmp_path: Path) -> None:
    run(write(tmp_path / "first.json", entry("a"), entry("b")))
    files = write(tmp_path / "first.json", entry("b")), write(tmp_path / "second.json", entry("a"))
    plan = run(*files, prune=True)
    assert plan.counts() == {"new": 0, "changed": 1, "paused": 0, "same": 1, "problems": 0}
    moved = Job.objects.get(name="a")
    assert (moved.source, moved.enabled) == (files[1], True)


def test_a_job_that_its_file_has_let_go_may_be_taken_over(tmp_path: Path) -> None:
    run(write(tmp_path / "first.json", entry("a"), entry("b")))
    run(write(tmp_path / "first.json", entry("b")), prune=True)
    second = write(tmp_path / "second.json", entry("a"))
    run(second)
    taken = Job.objects.get(name="a")
    assert (taken.source, taken.enabled) == (second, True)


def test_a_job_of_a_file_that_was_moved_away_may_be_taken_over(tmp_path: Path) -> None:
    run(write(tmp_path / "old.json", entry("a")))
    new = (tmp_path / "old.json").rename(tmp_path / "new.json")
    run(str(new))
    assert Job.objects.get().source == str(new)
