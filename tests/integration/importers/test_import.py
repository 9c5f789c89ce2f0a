"""Importing schedule files: what becomes of the jobs in the database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.actions.pauses import pause_job, resume_job
from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.service import import_files
from jobs.models import Job, JobState, Run
from tests.integration.importers.files import entry, run, write
from tests.support.builders import by, make_job, make_pool

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "schedule.json"


def names() -> set[str]:
    return set(Job.objects.values_list("name", flat=True))


def test_a_file_becomes_jobs_that_it_owns_and_that_are_planned(path: Path) -> None:
    now = timezone.now()
    import_files(
        [write(path, entry(params={"x": [1]}, priority="high", tags=["t"]))],
        actor=IMPORTER,
        now=now,
    )
    job = Job.objects.get(name="a")
    assert (job.params, job.priority, job.tags, job.source) == ({"x": [1]}, 10, ["t"], str(path))
    assert job.state.next_run_at == (now + timedelta(hours=1)).replace(
        minute=0, second=0, microsecond=0
    )


def test_importing_starts_nothing(path: Path) -> None:
    run(write(path, entry(schedule="* * * * * *")))
    run(write(path, entry(schedule="*/2 * * * * *")))
    assert not Run.objects.exists()
    assert JobState.objects.filter(next_run_at__gt=timezone.now() - timedelta(seconds=1)).exists()


def test_the_same_file_again_changes_nothing(path: Path) -> None:
    file = write(
        path,
        entry("a"),
        entry(
            "b",
            params={"n": 1.5, "deep": {"x": [True, None]}},
            starts_at="2030-01-01T00:00:00+02:00",
        ),
    )
    run(file)
    before = (
        list(Job.objects.order_by("id").values()),
        list(JobState.objects.order_by("job_id").values()),
    )
    assert run(file, prune=True).counts() == {
        "new": 0,
        "changed": 0,
        "paused": 0,
        "same": 2,
        "problems": 0,
    }
    assert before == (
        list(Job.objects.order_by("id").values()),
        list(JobState.objects.order_by("job_id").values()),
    )


def test_gsched_file_names_its_two_mistakes_and_imports_nothing() -> None:
    plan = run(str(EXAMPLES / "gsched.json"))
    assert [(problem.line, problem.job, problem.field) for problem in plan.problems] == [
        (20, "NightlyCleanup", "taskName"),
        (28, "SilentLogger", "taskParams"),
    ]
    assert plan.problems[0].message == "unknown task 'NonExistentTask'"
    assert "EchoTask" in plan.problems[0].hint
    assert "message" in plan.problems[1].message
    assert not Job.objects.exists()


def test_partial_takes_what_is_right() -> None:
    plan = run(str(EXAMPLES / "gsched.json"), partial=True)
    assert len(plan.problems) == 2
    assert names() == {"FrequentLogger", "HourlyEcho"}


def test_the_other_example_files_are_right() -> None:
    assert not run(str(EXAMPLES / "schedule.json"), str(EXAMPLES / "taskmanager.json")).problems
    assert "taskmanager:BirthdayProcessor:2" in names()
    assert Job.objects.get(name="taskmanager:InvoiceProcessor:1").queue == "taskTopic"


def test_one_unreadable_file_keeps_the_others_out_too(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"jobs": [')
    files = write(tmp_path / "good.json", entry()), str(tmp_path / "broken.json")
    assert run(*files).problems[0].line == 1
    assert not Job.objects.exists()
    run(*files, partial=True)
    assert names() == {"a"}


def test_a_dry_run_changes_nothing(path: Path) -> None:
    run(write(path, entry("a"), entry("b")))
    before = list(Job.objects.order_by("id").values())
    plan = run(write(path, entry("a", schedule="@daily"), entry("c")), dry_run=True, prune=True)
    assert plan.counts() == {"new": 1, "changed": 1, "paused": 1, "same": 0, "problems": 0}
    assert before == list(Job.objects.order_by("id").values())


def test_a_change_shows_each_field_and_the_next_fire_before_and_after(path: Path) -> None:
    run(write(path, entry(schedule="0 0 1 1 *")))
    now = timezone.now()
    plan = import_files(
        [write(path, entry(schedule="0 0 1 2 *", max_retries=3))], actor=IMPORTER, now=now
    )
    change = plan.changed[0]
    assert change.fields == {"schedule": ("0 0 1 1 *", "0 0 1 2 *"), "max_retries": (None, 3)}
    fires, will_fire = change.fires, change.will_fire(now)
    assert fires
    assert will_fire
    assert (fires.month, will_fire.month) == (1, 2)
    job = Job.objects.get()
    assert (job.version, job.state.next_run_at) == (2, will_fire)


def test_true_is_not_one(path: Path) -> None:
    run(write(path, entry(params={"flag": 1})))
    assert run(write(path, entry(params={"flag": True}))).changed
    assert Job.objects.get().params == {"flag": True}


def test_a_line_taken_away_from_our_own_form_goes_back_to_the_default(path: Path) -> None:
    run(write(path, entry(timeout_seconds=60)))
    run(write(path, entry()))
    assert Job.objects.get().timeout_seconds is None


def test_what_an_old_system_cannot_say_stays_as_people_set_it(path: Path) -> None:
    path.write_text('{"jobs": [{"jobName": "a", "taskName": "EchoTask", "cronTime": "@hourly"}]}')
    run(str(path))
    Job.objects.update(timeout_seconds=60, timezone="Europe/Berlin")
    path.write_text('{"jobs": [{"jobName": "a", "taskName": "EchoTask", "cronTime": "@daily"}]}')
    run(str(path))
    job = Job.objects.get()
    assert (job.schedule, job.timeout_seconds, job.timezone) == ("@daily", 60, "Europe/Berlin")


def test_a_job_the_file_no_longer_has_is_paused_when_asked_for_and_comes_back_with_it(
    path: Path,
) -> None:
    run(write(path, entry("a"), entry("b")))
    file = write(path, entry("a"))
    assert run(file).same == 1
    assert Job.objects.get(name="b").enabled
    run(file, prune=True)
    gone = Job.objects.get(name="b")
    assert (gone.enabled, gone.paused_by, gone.paused_reason) == (
        False,
        "import",
        f"no longer in {file}",
    )
    assert gone.state.next_run_at is None
    assert run(file, prune=True).counts()["paused"] == 0
    run(write(path, entry("a"), entry("b")))
    back = Job.objects.get(name="b")
    assert (back.enabled, back.paused_by, back.paused_reason) == (True, "", "")
    assert back.state.next_run_at is not None


def test_pruning_leaves_jobs_of_others_alone(path: Path) -> None:
    make_job(name="console")
    make_job(name="other", source="/srv/other.json")
    run(write(path, entry("a")), prune=True)
    assert not Job.objects.filter(enabled=False).exists()


def test_a_broken_entry_is_not_taken_for_a_missing_one(path: Path) -> None:
    run(write(path, entry("a"), entry("b")))
    run(write(path, entry("a"), entry("b", task="Nope")), partial=True, prune=True)
    assert Job.objects.get(name="b").enabled


def test_a_job_paused_by_a_person_stays_paused_when_its_definition_changes(path: Path) -> None:
    run(write(path, entry()))
    pause_job(Job.objects.get(), actor=by("anna"), reason="holiday", now=timezone.now())
    run(write(path, entry(schedule="@daily", enabled=True)))
    job = Job.objects.get()
    assert (job.schedule, job.enabled, job.paused_by, job.paused_reason) == (
        "@daily",
        False,
        "anna",
        "holiday",
    )
    assert job.state.next_run_at is None


def test_a_file_can_pause_its_job_and_let_it_go_on(path: Path) -> None:
    run(write(path, entry(enabled=False)))
    assert Job.objects.get().state.next_run_at is None
    assert run(write(path, entry(enabled=False))).same == 1
    run(write(path, entry(enabled=True)))
    assert Job.objects.get().enabled
    run(write(path, entry(enabled=False)))
    assert Job.objects.get().paused_by == "import"


def test_a_job_that_a_person_resumed_is_planned_from_now(path: Path) -> None:
    run(write(path, entry(enabled=False)))
    resume_job(Job.objects.get(), actor=by("anna"), now=timezone.now())
    assert JobState.objects.filter(next_run_at__gt=timezone.now()).exists()


def test_a_task_that_is_gone_is_told_although_nothing_changed(path: Path) -> None:
    make_job(name="a", task="Gone", schedule="0 * * * *", source=str(path))
    assert "unknown task 'Gone'" in str(run(write(path, entry(task="Gone"))).problems[0])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schedule", "61 * * * *"),
        ("schedule", "2001-01-01T00:00:00Z"),
        ("timezone", "Mars/Olympus"),
        ("queue", "no spaces"),
        ("priority", 5000),
        ("ends_at", "2001-01-01T00:00:00Z"),
        ("resources", {"gpu": 1}),
        ("tags", [5]),
        ("name", "tab\there"),
        ("name", "x" * 201),
        ("name", "nul \x00"),
        ("name", "half a pair \ud800"),
        ("pool", "x" * 101),
        ("owner", "nul \x00"),
        ("description", "half a pair \ud800"),
        ("metadata", {"nul": "\x00"}),
        ("metadata", {"deep": [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}),
        ("task", ""),
        ("timeout_seconds", -1),
        ("timeout_seconds", 10**30),
        ("source", "x" * 501),
    ],
)
def test_what_cannot_be_stored_or_run_is_told_with_its_field(
    path: Path, field: str, value: object
) -> None:
    plan = run(write(path, entry(starts_at="2002-01-01T00:00:00Z") | {field: value}))
    assert [problem.field for problem in plan.problems] == [field]
    assert not Job.objects.exists()


def test_the_pools_are_read_once_however_many_jobs_name_one(
    path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_pool("gpu", cpu=8)
    file = write(path, *(entry(f"j{n}", pool="gpu", resources={"cpu": 9}) for n in range(60)))
    with django_assert_max_num_queries(20):
        plan = run(file)
    assert len(plan.problems) == 60
    assert (plan.problems[0].field, plan.problems[0].message) == (
        "resources",
        "needs 9 cpu, the pool gpu has 8",
    )


def test_a_pool_that_is_not_there_is_told_at_its_line(path: Path) -> None:
    make_pool("gpu")
    (problem,) = run(write(path, entry(pool="tpu"))).problems
    assert (problem.field, problem.message, problem.hint) == (
        "pool",
        "there is no pool 'tpu'",
        "pools: gpu",
    )
    assert '"pool"' in path.read_text().splitlines()[problem.line - 1]


def test_a_changed_field_is_checked_as_well(path: Path) -> None:
    run(write(path, entry()))
    assert run(write(path, entry(schedule="nonsense"))).problems[0].field == "schedule"
    assert Job.objects.get().schedule == "0 * * * *"


def test_a_one_off_that_ran_and_was_archived_is_no_mistake_in_its_file(path: Path) -> None:
    over = entry("over", schedule="2001-02-28T12:00")
    make_job(**over, source=str(path), archived_at=timezone.now(), enabled=False)
    plan = run(write(path, over, entry("a")))
    assert plan.counts() == {"new": 1, "changed": 0, "paused": 0, "same": 1, "problems": 0}
    assert "is in the past" in str(run(write(path, over | {"name": "other"})).problems[0])
    assert "unknown task" in str(run(write(path, over | {"task": "Nope"})).problems[0])


def test_an_archived_job_of_the_same_name_is_no_obstacle(path: Path) -> None:
    make_job(name="a", archived_at=timezone.now(), enabled=False)
    run(write(path, entry("a")))
    assert Job.objects.filter(name="a", archived_at=None).count() == 1
