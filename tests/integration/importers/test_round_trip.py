"""An export is a schedule file: what is read back is what was written."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.actions.pauses import pause_job
from jobs.importers.export.native import export_json
from jobs.importers.files.document import Document
from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.service import import_documents
from jobs.models import Job, MisfirePolicy, OverlapPolicy, Pool
from jobs.params.limits import UNSEEN
from jobs.redaction.keys import MASK
from jobs.redaction.redactor import masked
from tests.integration.importers.files import entry, run, write
from tests.support.builders import by, make_job

NOW = timezone.now()
SCHEDULES = ["*/5 * * * *", "0 30 2 * * MON", "@every 90s", "@manual", "RRULE:FREQ=DAILY;COUNT=9", "2001-02-28T12:00"]
storable = st.characters(exclude_categories=["Cs", "Cc"])
texts = st.text(storable, max_size=20)
names = texts.filter(lambda text: not UNSEEN.search(text))
words = st.text(string.ascii_letters + string.digits, min_size=1, max_size=10)
moments = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
seconds = st.none() | st.integers(1, 86_400)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3),
    max_leaves=8,
)
# What looks like a secret is exported as a mask, which only the job that holds it can read back.
objects = st.dictionaries(texts.filter(lambda key: key != "self"), json_values, max_size=4).filter(
    lambda found: masked(found) == found and MASK not in repr(found)
)


def _name(fields: dict[str, Any]) -> str:
    return str(fields["name"])


jobs: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": names.filter(str.strip), "task": st.just("EchoTask"), "schedule": st.sampled_from(SCHEDULES)},
    optional={
        "description": texts,
        "params": objects,
        "timezone": st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
        "starts_at": moments,
        "jitter_seconds": st.integers(0, 86_400),
        "queue": words,
        "priority": st.integers(-1000, 1000),
        "timeout_seconds": seconds,
        "memory_limit_mb": st.none() | st.integers(1, 16_384),
        "fresh_process": st.booleans(),
        "max_retries": st.none() | st.integers(0, 1000),
        "retry_backoff_seconds": seconds,
        "retry_backoff_max_seconds": seconds,
        "retry_jitter": st.none() | st.booleans(),
        "misfire_policy": st.sampled_from(MisfirePolicy.values),
        "misfire_window_seconds": st.integers(0, 86_400),
        "overlap_policy": st.sampled_from(OverlapPolicy.values),
        "pool": words,
        "resources": st.dictionaries(st.sampled_from(["cpu", "memory", "storage"]), st.integers(0, 9)),
        "tags": st.lists(words, max_size=3),
        "metadata": objects,
        "owner": names,
        "source": st.sampled_from(["", "/srv/schedule.json"]),
        "enabled": st.booleans(),
    },
)


def exported() -> Document:
    return Document("export.json", "".join(export_json()))


def read_back(document: Document) -> dict[str, int]:
    return import_documents([document], actor=IMPORTER, now=timezone.now()).counts()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(jobs, max_size=4, unique_by=_name))
def test_an_export_read_into_an_empty_database_gives_the_same_export(drafts: list[dict[str, Any]]) -> None:
    Job.objects.all().delete()
    for fields in drafts:
        make_job(**fields)
        if pool := fields.get("pool"):
            Pool.objects.get_or_create(name=pool, defaults={"created_at": NOW, "updated_at": NOW})
    first = exported()
    assert read_back(first) == {"new": 0, "changed": 0, "paused": 0, "same": len(drafts), "problems": 0}
    Job.objects.all().delete()
    assert read_back(first) == {"new": len(drafts), "changed": 0, "paused": 0, "same": 0, "problems": 0}
    assert exported().value == first.value | {"jobs": [_as_imported(job) for job in first.value["jobs"]]}


def test_a_one_off_that_is_over_is_an_error_in_a_file_that_somebody_wrote(tmp_path: Path) -> None:
    plan = run(write(tmp_path / "x.json", entry(schedule="2001-02-28T12:00")))
    assert "is in the past" in str(plan.problems[0])


def _as_imported(job: dict[str, Any]) -> dict[str, Any]:
    """A job that nobody says to have paused is paused by the import."""
    if job.get("enabled", True):
        return job
    return job | {"paused_by": "import", "paused_reason": "paused in export.json"}


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
