"""What holds for every format that can be imported: one suite, a sample of each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from jobs.importers.export.native import export_json
from jobs.importers.planning.plan import Plan
from jobs.models import Job, JobState, Run
from tests.integration.importers.files import run


def dump(**schedules: str) -> str:
    """A dump of django-celery-beat with a crontab and a row per name."""
    items = []
    for number, (name, fields) in enumerate(schedules.items()):
        names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        crontab = dict(zip(names, fields.split(), strict=True))
        items += [
            {"model": "django_celery_beat.crontabschedule", "pk": number, "fields": crontab},
            {
                "model": "django_celery_beat.periodictask",
                "pk": number,
                "fields": {"name": name, "task": "EchoTask", "crontab": number},
            },
        ]
    return json.dumps(items, indent=1)


@dataclass(frozen=True)
class Sample:
    """One format: how it writes a job and what stands around the jobs; ``prefix`` is what it puts
    before a name.
    """

    job: str
    separator: str = ",\n"
    around: str = '{"jobs": [\n%s\n]}'
    prefix: str = ""
    write: Callable[..., str] | None = None

    def text(self, **schedules: str) -> str:
        """A file with a job per name."""
        if self.write:
            return self.write(**schedules)
        return self.around % self.separator.join(
            self.job % {"name": n, "cron": c} for n, c in schedules.items()
        )

    def name(self, name: str) -> str:
        return f"{self.prefix}{name}"


TASKMANAGER = (
    '{"Id": "%(name)s", "Cron": "0 %(cron)s", "TaskMessageTemplate": '
    '{"TaskProcessorName": "x.EchoTask"}}'
)
SAMPLES = {
    "our own": Sample('{"name": "%(name)s", "task": "EchoTask", "schedule": "%(cron)s"}'),
    "gsched": Sample('{"jobName": "%(name)s", "taskName": "EchoTask", "cronTime": "%(cron)s"}'),
    "taskmanager": Sample(TASKMANAGER, around="[\n%s\n]", prefix="file:EchoTask:"),
    "crontab": Sample("%(cron)s %(name)s", separator="\n", around="# mine\n%s", prefix="file:"),
    "beat_schedule as JSON": Sample(
        '"%(name)s": {"task": "EchoTask", "schedule": "%(cron)s"}',
        around='{"beat_schedule": {\n%s\n}}',
    ),
    "beat_schedule as Python": Sample(
        '"%(name)s": {"task": "EchoTask", "schedule": "%(cron)s"}',
        around="beat_schedule = {\n%s\n}",
    ),
    "periodic tasks": Sample("", write=dump),
}
WHOLE = "5 4 * * *"


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest, settings: Settings) -> Sample:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": True}
    return SAMPLES[request.param]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def write(path: Path, sample: Sample, **schedules: str) -> str:
    path.write_text(sample.text(**schedules))
    return str(path)


def counts(plan: Plan) -> tuple[int, int, int, int, int]:
    new, changed, paused, same, problems = plan.counts().values()
    return new, changed, paused, same, problems


def test_jobs_are_made_owned_by_the_file_and_planned(sample: Sample, path: Path) -> None:
    file = write(path, sample, one=WHOLE, two="6 4 * * *")
    assert counts(run(file)) == (2, 0, 0, 0, 0)
    assert set(Job.objects.values_list("name", "source", "enabled")) == {
        (sample.name("one"), file, True),
        (sample.name("two"), file, True),
    }
    assert JobState.objects.filter(next_run_at__isnull=False).count() == 2
    assert not Run.objects.exists()


def test_the_same_file_again_changes_nothing(sample: Sample, path: Path) -> None:
    file = write(path, sample, one=WHOLE, two="6 4 * * *")
    run(file)
    before = list(Job.objects.order_by("name").values())
    assert counts(run(file, prune=True)) == (0, 0, 0, 2, 0)
    assert list(Job.objects.order_by("name").values()) == before


def test_the_order_of_the_jobs_means_nothing(sample: Sample, path: Path) -> None:
    run(write(path, sample, one=WHOLE, two="6 4 * * *"))
    assert counts(run(write(path, sample, two="6 4 * * *", one=WHOLE), prune=True)) == (
        0,
        0,
        0,
        2,
        0,
    )


def test_a_dry_run_writes_nothing(sample: Sample, path: Path) -> None:
    assert counts(run(write(path, sample, one=WHOLE), dry_run=True)) == (1, 0, 0, 0, 0)
    assert not Job.objects.exists()


def test_another_time_is_a_change_of_the_schedule(sample: Sample, path: Path) -> None:
    run(write(path, sample, one=WHOLE))
    plan = run(write(path, sample, one="7 4 * * *"))
    assert counts(plan) == (0, 1, 0, 0, 0)
    assert list(plan.changed[0].fields) == ["schedule"]
    assert plan.changed[0].fires != JobState.objects.get().next_run_at


def test_a_job_that_is_gone_is_paused_and_resumed_when_it_comes_back(
    sample: Sample, path: Path
) -> None:
    run(write(path, sample, one=WHOLE, two=WHOLE))
    assert counts(run(write(path, sample, two=WHOLE), prune=True)) == (0, 0, 1, 1, 0)
    assert not Job.objects.get(name=sample.name("one")).enabled
    run(write(path, sample, one=WHOLE, two=WHOLE))
    assert Job.objects.get(name=sample.name("one")).enabled


def test_a_mistake_is_told_with_its_line_and_keeps_everything_back(
    sample: Sample, path: Path
) -> None:
    file = write(path, sample, one=WHOLE, two="99 4 * * *")
    plan = run(file)
    (problem,) = plan.problems
    assert "minute: 99 is above 59" in problem.message
    assert (problem.file, problem.job) == (file, sample.name("two"))
    assert (
        re.search(r"two|99", path.read_text().splitlines()[problem.line - 1])
        or "crontab" in problem.path
    )
    assert not Job.objects.exists()


def test_the_good_part_is_taken_when_it_is_asked_for(sample: Sample, path: Path) -> None:
    assert counts(run(write(path, sample, one=WHOLE, two="99 4 * * *"), partial=True)) == (
        1,
        0,
        0,
        0,
        1,
    )
    assert Job.objects.get().name == sample.name("one")


def test_a_job_that_a_person_paused_stays_paused(sample: Sample, path: Path) -> None:
    file = write(path, sample, one=WHOLE)
    run(file)
    Job.objects.update(enabled=False, paused_by="ana")
    assert counts(run(file)) == (0, 0, 0, 1, 0)


def test_an_export_of_what_was_imported_changes_nothing(
    sample: Sample, path: Path, tmp_path: Path
) -> None:
    run(write(path, sample, one=WHOLE, two="6 4 * * *"))
    export = tmp_path / "export.json"
    export.write_text("".join(export_json()))
    assert counts(run(str(export))) == (0, 0, 0, 2, 0)


def test_commands_wait_until_they_are_allowed(path: Path, settings: Settings) -> None:
    sample = SAMPLES["crontab"]
    file = write(path, sample, one=WHOLE)
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": False}
    run(file)
    job = Job.objects.get()
    assert (job.enabled, job.paused_by, "ALLOW_COMMANDS" in job.paused_reason) == (
        False,
        "import",
        True,
    )
    assert counts(run(file)) == (0, 0, 0, 1, 0)
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": True}
    assert counts(run(file)) == (0, 1, 0, 0, 0)
    job.refresh_from_db()
    assert (job.enabled, job.paused_reason) == (True, "")
