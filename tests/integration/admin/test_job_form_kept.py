"""What the job form leaves alone: what it cannot show in full, what nobody touched, and secrets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from tests.integration.admin.test_job_form import ADD, change_url, errors_of, filled
from tests.support.builders import make_job

TWICE = datetime(2030, 10, 27, 1, 30, tzinfo=UTC)  # half past two in Berlin, for the second time


@pytest.mark.parametrize(
    ("field", "stored", "sent"),
    [
        ("starts_at", TWICE, "2030-10-27T02:30"),
        (
            "starts_at",
            TWICE + timedelta(days=1, seconds=5, milliseconds=500),
            "2030-10-28T02:30:05",
        ),
        ("description", "two\nlines ", "two\r\nlines "),
        ("tags", ["fin, night", " x "], "fin, night,  x "),
        ("owner", " ana ", " ana "),
        ("timeout_seconds", 90, "1m30s"),
    ],
)
def test_what_nobody_touched_stays_as_it_is(
    boss: Client, field: str, stored: Any, sent: str
) -> None:
    job = make_job(name="nightly", task="LogTask", timezone="Europe/Berlin", **{field: stored})
    response = boss.post(change_url(job), filled(version="1", tags="") | {field: sent})
    assert response.status_code == 302
    job.refresh_from_db()
    assert (job.version, getattr(job, field)) == (2, stored)


def test_what_is_typed_is_read_without_the_space_around_it(boss: Client) -> None:
    boss.post(ADD, filled(name=" nightly ", description=" two\r\nlines ", tags=" fin ,night,"))
    job = Job.objects.get()
    assert (job.name, job.description, job.tags) == ("nightly", "two\nlines", ["fin", "night"])


def test_metadata_are_written_shown_and_kept_with_their_secrets(boss: Client) -> None:
    boss.post(ADD, filled(metadata='{"ticket": 7, "password": "corr3ct-h0rse"}'))
    job = Job.objects.get()
    assert job.metadata == {"ticket": 7, "password": "corr3ct-h0rse"}
    shown = boss.get(change_url(job)).context["form"]["metadata"].value()
    assert "corr3ct-h0rse" not in shown
    boss.post(change_url(job), filled(version="1", metadata=shown.replace("7", "8")))
    job.refresh_from_db()
    assert job.metadata == {"ticket": 8, "password": "corr3ct-h0rse"}
    assert "object" in errors_of(boss, filled(name="other", metadata="[1]"))["metadata"]
