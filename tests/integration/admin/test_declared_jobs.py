"""What the console says of a job that code, a file or the application owns."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from beatwright import manual, upsert_job
from jobs.actions.jobs import update_job
from jobs.declaring.sync import SyncOrder, sync
from jobs.importers.planning.ownership import IMPORTER
from jobs.models import Job
from tasks.basics import echo_task
from tests.support.builders import by, make_job
from tests.support.declared import DeclaringApp, declaring_app

DRIFT = 'data-testid="drift"'


@pytest.fixture
def job(tmp_path: Path) -> object:
    """A job that the code on this machine declares, in line 3."""
    with declaring_app(tmp_path) as app:
        declare(app, 'job("a", echo_task.s(token="corr3ct-h0rse"), manual(), timeout=60)')
        yield Job.objects.get()


def declare(app: DeclaringApp, text: str) -> None:
    app.write(text)
    sync(SyncOrder(), actor=IMPORTER, now=timezone.now())


def page_of(client: Client, job: Job, tail: str = "") -> str:
    return html.unescape(client.get(f"/admin/beatwright/job/{job.pk}/{tail}").content.decode())


def test_the_page_says_where_a_job_is_declared(boss: Client, job: Job) -> None:
    page = page_of(boss, job)
    assert "orders/schedules.py, line 3" in page
    assert DRIFT not in page


def test_the_page_says_what_differs_and_shows_no_secret(boss: Client, job: Job) -> None:
    values = {"timeout_seconds": 90, "params": {"token": "an0ther-h0rse"}}
    update_job(job, values, actor=by("ana"), now=timezone.now())
    page = page_of(boss, job)
    assert DRIFT in page
    assert "Time limit: 90, declared as 60" in page
    assert "h0rse" not in page


def test_the_form_says_what_will_undo_an_edit(boss: Client, job: Job) -> None:
    assert "The next beatwright sync undoes what you change here." in page_of(boss, job, "change/")
    imported = make_job(source="/etc/jobs.json")
    assert "The next import undoes what you change here." in page_of(boss, imported, "change/")
    made = Job.objects.get(pk=upsert_job("b", echo_task, manual()))
    assert "The application keeps this job up to date" in page_of(boss, made, "change/")
    assert 'data-testid="owned"' not in page_of(boss, make_job(), "change/")


def test_a_job_that_this_code_does_not_declare_says_so(boss: Client) -> None:
    job = make_job(source="code:legacy.schedules")
    assert "legacy.schedules, which declares it no longer" in page_of(boss, job)
