"""An export is a schedule file: what is read back is what was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from jobs.access.audit import as_json_value
from jobs.actions.pauses import pause_job
from jobs.definition.field import Field, Place, Section
from jobs.definition.fields import fields_in, names_in
from jobs.importers.export.native import export_json
from jobs.importers.files.document import Document
from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.service import import_documents
from jobs.models import Job, Pool
from tests.integration.importers.files import entry, run, write
from tests.support.builders import by, make_calendars, make_job
from tests.support.job_values import value_of, values_in

SCHEDULES = [
    "*/5 * * * *",
    "0 30 2 * * MON",
    "@every 90s",
    "@manual",
    "RRULE:FREQ=DAILY;COUNT=9",
    "2001-02-28T12:00",
]
BY_IMPORT = {"paused_by": "import", "paused_reason": "paused in export.json"}
PAUSE = {"enabled": True, "paused_by": "", "paused_reason": "", "paused_until": None}


def _name(fields: dict[str, Any]) -> str:
    return str(fields["name"])


def _sound(fields: dict[str, Any]) -> dict[str, Any]:
    """A job that is planned says nothing of a pause."""
    return fields | PAUSE if fields.get("enabled", True) else fields


jobs = values_in(Place.FILES, schedule=st.sampled_from(SCHEDULES)).map(_sound)


def stored() -> dict[str, dict[str, Any]]:
    """Each job by its name: all that a file says of one."""
    return {
        job.name: {name: getattr(job, name) for name in names_in(Place.FILES)}
        for job in Job.objects.all()
    }


def exported() -> Document:
    return Document("export.json", "".join(export_json()))


def read_back(document: Document) -> dict[str, int]:
    return import_documents([document], actor=IMPORTER, now=timezone.now()).counts()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(jobs, max_size=4, unique_by=_name))
def test_an_export_read_into_an_empty_database_gives_the_same_jobs(
    drafts: list[dict[str, Any]],
) -> None:
    Job.objects.all().delete()
    for fields in drafts:
        make_job(**fields)
        make_calendars(fields.get("calendars", []))
        if pool := fields.get("pool"):
            now = timezone.now()
            Pool.objects.get_or_create(name=pool, defaults={"created_at": now, "updated_at": now})
    first, said = exported(), stored()
    assert read_back(first) == {
        "new": 0,
        "changed": 0,
        "paused": 0,
        "same": len(drafts),
        "problems": 0,
    }
    Job.objects.all().delete()
    assert read_back(first) == {
        "new": len(drafts),
        "changed": 0,
        "paused": 0,
        "same": 0,
        "problems": 0,
    }
    assert stored() == {name: _as_imported(fields) for name, fields in said.items()}
    assert exported().value == first.value | {
        "jobs": [_as_imported(job) for job in first.value["jobs"]]
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jobs, jobs)
def test_an_export_brings_back_what_was_changed_since(
    was: dict[str, Any], became: dict[str, Any]
) -> None:
    Job.objects.all().delete()
    Pool.objects.all().delete()
    job = make_job(**was | PAUSE)
    make_calendars(job.calendars)
    if job.pool:
        Pool.objects.create(name=job.pool, created_at=job.created_at, updated_at=job.created_at)
    first, said = exported(), stored()
    changed = became | PAUSE | {"name": job.name, "source": job.source}
    Job.objects.filter(pk=job.pk).update(**changed)
    counts = read_back(first)
    assert (counts["changed"] + counts["same"], counts["problems"]) == (1, 0)
    assert stored() == said


@pytest.mark.parametrize(
    "field", [field for field in fields_in(Place.FILES) if field.section is not Section.PAUSE]
)
def test_every_field_is_written_where_it_is_no_default(field: Field) -> None:
    value = find(value_of(field), lambda value: value not in (field.default, None))
    job = make_job(**{field.name: value})
    assert exported().value["jobs"][0][field.name] == as_json_value(getattr(job, field.name))


def test_a_one_off_that_is_over_is_an_error_in_a_file_that_somebody_wrote(tmp_path: Path) -> None:
    plan = run(write(tmp_path / "x.json", entry(schedule="2001-02-28T12:00")))
    assert "is in the past" in str(plan.problems[0])


def _as_imported(job: dict[str, Any]) -> dict[str, Any]:
    """A job that nobody says to have paused, or not why, is paused by the import."""
    if job.get("enabled", True):
        return job
    return job | {name: value for name, value in BY_IMPORT.items() if not job.get(name)}


def test_a_pause_comes_along_with_who_and_why() -> None:
    pause_job(make_job(name="a"), actor=by("anna"), reason="holiday", now=timezone.now())
    first = exported()
    Job.objects.all().delete()
    read_back(first)
    job = Job.objects.get()
    assert (job.enabled, job.paused_by, job.paused_reason) == (False, "anna", "holiday")
    assert exported().value == first.value


def test_an_export_gives_each_job_back_to_the_file_that_owns_it(tmp_path: Path) -> None:
    file = write(tmp_path / "x.json", entry("a"))
    run(file)
    first = exported()
    Job.objects.all().delete()
    read_back(first)
    assert run(file, prune=True).same == 1


def test_an_export_is_in_one_order_whatever_the_order_of_writing() -> None:
    make_job(name="b", params={"z": 1, "a": {"y": 1, "b": 2}})
    make_job(name="a")
    text = "".join(export_json())
    assert [job["name"] for job in json.loads(text)["jobs"]] == ["a", "b"]
    assert text.index('"a": {') < text.index('"b": 2') < text.index('"y": 1') < text.index('"z": 1')


def test_archived_jobs_are_not_exported() -> None:
    make_job(archived_at=timezone.now(), enabled=False)
    assert exported().value["jobs"] == []
