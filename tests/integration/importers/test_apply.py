"""A plan is applied whole or not at all, and never over somebody else's work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs.importers.apply import ChangedMeanwhile, apply
from jobs.importers.files.reading import read_files
from jobs.importers.planning.diff import make_plan
from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.planning.plan import Plan
from jobs.importers.service import _until_quiet
from jobs.models import Job, JobState, Run, RunState
from tests.integration.importers.files import entry, run, write
from tests.support.builders import make_job


def planned(file: str) -> Plan:
    return make_plan(read_files([file]), actor=IMPORTER, now=timezone.now(), prune=True)


def test_a_job_saved_between_plan_and_apply_stops_the_whole_plan(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    run(write(path, entry("a")))
    plan = planned(write(path, entry("a", schedule="@daily"), entry("new")))
    Job.objects.get(name="a").save()
    with pytest.raises(ChangedMeanwhile):
        apply(plan, actor=IMPORTER, now=timezone.now())
    assert list(Job.objects.values_list("name", "schedule")) == [("a", "0 * * * *")]


def test_a_job_archived_between_plan_and_apply_stops_it_too(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    run(write(path, entry("a")))
    plan = planned(write(path, entry("a", schedule="@daily")))
    Job.objects.update(archived_at=timezone.now())
    with pytest.raises(ChangedMeanwhile):
        apply(plan, actor=IMPORTER, now=timezone.now())


def test_a_name_taken_between_plan_and_apply_stops_it_too(tmp_path: Path) -> None:
    plan = planned(write(tmp_path / "x.json", entry("a"), entry("b")))
    make_job(name="b")
    with pytest.raises(ChangedMeanwhile):
        apply(plan, actor=IMPORTER, now=timezone.now())
    assert list(Job.objects.values_list("name", flat=True)) == ["b"]


def test_an_import_plans_anew_when_somebody_was_faster() -> None:
    outcomes: list[ChangedMeanwhile | Plan] = [ChangedMeanwhile("saved"), Plan(same=1)]

    def attempt() -> Plan:
        outcome = outcomes.pop(0)
        if isinstance(outcome, ChangedMeanwhile):
            raise outcome
        return outcome

    assert _until_quiet(attempt).same == 1


def test_an_import_gives_up_when_somebody_is_always_faster() -> None:
    def attempt() -> Plan:
        raise ChangedMeanwhile("saved")

    with pytest.raises(ChangedMeanwhile):
        _until_quiet(attempt)


def test_changing_thousands_takes_a_bounded_number_of_queries(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    path = tmp_path / "x.json"
    run(write(path, *(entry(f"job {n}") for n in range(1500))))
    file = write(path, *(entry(f"job {n}") for n in range(1500)))
    with django_assert_max_num_queries(3):
        assert run(file, prune=True).same == 1500


def test_what_an_import_takes_away_is_counted_in_one_skipped_run(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    run(write(path, entry("a", schedule="* * * * *")))
    JobState.objects.update(
        next_run_at=timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    )
    run(write(path, entry("a", schedule="@daily")))
    skip = Run.objects.get()
    assert skip.state == RunState.SKIPPED
    assert skip.skipped_count in {11, 12}  # the minute may change meanwhile
    assert skip.reason.startswith("edited by import")


def test_what_a_pruned_job_missed_until_it_came_back_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    run(write(path, entry("a", schedule="* * * * *"), entry("b")))
    run(write(path, entry("b")), prune=True)
    job = Job.objects.get(name="a")
    assert job.paused_at
    Job.objects.filter(pk=job.pk).update(paused_at=timezone.now() - timedelta(minutes=10))
    run(write(path, entry("a", schedule="* * * * *"), entry("b")))
    skip = Run.objects.get()
    assert skip.skipped_count in {10, 11}
    assert skip.reason.startswith("paused by import: ")
    job.refresh_from_db()
    assert job.paused_at is None
