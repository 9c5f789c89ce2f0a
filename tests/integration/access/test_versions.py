"""What a job said before is kept, and can be said again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs.actions.jobs import restore_version, update_job
from jobs.actions.pauses import pause_job
from jobs.actions.versions import VERSIONED
from jobs.definition.checking import InvalidJob
from jobs.errors import DomainError
from jobs.models import AuditEntry, Job, JobVersion
from tests.support.builders import by, make_job


def change(job: Job, **values: object) -> Job:
    return update_job(job, values, actor=by("ana"), now=timezone.now())


def test_each_change_keeps_what_was_said_before() -> None:
    job = change(change(make_job(schedule="@daily"), schedule="@hourly"), owner="fin")
    kept = JobVersion.objects.filter(job=job).order_by("version")
    assert [
        (row.version, row.fields["schedule"], row.fields["owner"], row.replaced_by) for row in kept
    ] == [
        (1, "@daily", "", "ana"),
        (2, "@hourly", "", "ana"),
    ]


def test_restoring_says_all_of_it_again_as_a_new_version() -> None:
    starts = datetime(2030, 1, 1, tzinfo=UTC)
    job = make_job(
        schedule="@daily", params={"x": 1}, tags=["fin"], starts_at=starts, max_retries=3
    )
    change(job, schedule="@hourly", params={}, tags=[], starts_at=None, max_retries=None)
    restored = restore_version(job, 1, actor=by("bob"), now=timezone.now())
    for name in ("schedule", "params", "tags", "starts_at", "max_retries"):
        assert getattr(restored, name) == getattr(job, name)
    assert restored.version == 3
    entry = AuditEntry.objects.get(verb="restore_version")
    assert entry.changes["starts_at"] == [None, "2030-01-01T00:00:00Z"]


def test_restoring_neither_pauses_nor_resumes() -> None:
    job = make_job()
    change(job, owner="fin")
    pause_job(job, actor=by("ana"), now=timezone.now())
    assert not restore_version(job, 1, actor=by("ana"), now=timezone.now()).enabled


def test_what_can_no_longer_be_said_is_refused_and_changes_nothing() -> None:
    job = make_job(schedule=f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}")
    change(job, schedule="@daily")
    with pytest.raises(InvalidJob, match="schedule"):
        restore_version(job, 1, actor=by("ana"), now=timezone.now())
    job.refresh_from_db()
    assert job.schedule == "@daily"


def test_a_version_that_is_not_kept_is_named() -> None:
    with pytest.raises(DomainError, match="version 7") as refused:
        restore_version(make_job(), 7, actor=by("ana"), now=timezone.now())
    assert refused.value.field == "version"


def test_a_version_holds_every_field_that_says_what_a_job_is() -> None:
    beside = {
        "id", "enabled", "paused_at", "paused_by", "paused_reason", "paused_until", "source",
        "version", "created_at",
        "updated_at", "archived_at",
    }  # fmt: skip
    assert {field.name for field in Job._meta.concrete_fields} == beside | set(VERSIONED)
