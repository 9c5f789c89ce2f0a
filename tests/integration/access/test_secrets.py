"""A secret's text is on no surface: not for a viewer, not for an editor, not for an admin, whatever
carries it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from jobs.access.roles import Role
from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.execution.outcome import outcomes
from jobs.lifecycle.claim import claim
from jobs.lifecycle.finish import finish
from jobs.models import Job, Run
from jobs.redaction.keys import MASK
from tests.integration.execution.delivery import message_of, published_run
from tests.support.api import Api
from tests.support.builders import by, make_attempt, make_job, make_log, make_run
from tests.support.people import browser_of, make_user
from tests.support.typed import manage

SECRET, OLD, INNER = "corr3ct-h0rse", "0ld-battery", "st4ple-3"
HIDDEN = (SECRET, OLD, INNER)
PARAMS = {
    "password": SECRET,
    "url": f"https://bob:{INNER}@db.example/",
    "note": f"uses {SECRET}",
    "n": 1,
}
ROLES = (Role.VIEWER, Role.EDITOR, Role.ADMIN)


def assert_hidden(text: str, where: str) -> None:
    for secret in HIDDEN:
        assert secret not in text, f"{secret} in {where}"


@pytest.fixture
def job() -> Job:
    """A job with secrets now, and others before."""
    job = make_job(
        name="billing",
        params={"password": OLD},
        metadata={"api_key": SECRET, "params": json.dumps(PARAMS)},
    )
    return update_job(job, {"params": PARAMS}, actor=by("ana"), now=timezone.now())


@pytest.fixture
def succeeded(job: Job) -> Run:
    """It printed and returned what it was given."""
    run = make_run(job, state="succeeded", attempt=1, publish_count=1, finished_at=timezone.now())
    make_attempt(
        run,
        result=json.dumps({"said": [f"with {SECRET}"], "token": INNER}),
        task_kwargs=str(PARAMS),
    )
    make_log(run, f"first line\nconnect with {SECRET}\n", f"got {quote(SECRET)} and {INNER}\n")
    return run


@pytest.fixture
def failed(job: Job) -> Run:
    """The worker itself recorded how it failed, and that it was halfway."""
    run = published_run(job)
    assert claim(message_of(run))
    error = {
        "exc_type": "ValueError",
        "exc_message": [f"refused {SECRET}"],
        "exc_module": "builtins",
    }
    finish(
        message_of(run),
        outcomes.failure(error, json.dumps(error), f"Traceback\n  connect({SECRET!r})\n"),
    )
    run.refresh_from_db()
    return run


def pages(job: Job, *runs: Run) -> Iterator[str]:
    """Every page of the console that shows something of a job or of a run."""
    yield from (
        "/admin/",
        "/admin/beatwright/job/",
        "/admin/beatwright/run/",
        "/admin/beatwright/dead/",
        "/admin/beatwright/auditentry/",
    )
    yield from (
        "/admin/beatwright/bulk/",
        "/admin/django_celery_results/taskresult/",
        f"/admin/beatwright/job/add/?from={job.pk}",
    )
    tails: tuple[str, ...] = ("", "live/", "change/", "history/", "run/", "backfill/")
    yield from (f"/admin/beatwright/job/{job.pk}/{tail}" for tail in tails)
    for run in runs:
        tails = ("", "live/", "log/", "log.txt", "rerun/", f"log/?q={SECRET}", f"?q={SECRET}")
        yield from (f"/admin/beatwright/run/{run.pk}/{tail}" for tail in tails)
        yield f"/admin/beatwright/dead/group/{run.fingerprint or 'none'}/"


def read(browser: Client, address: str) -> str:
    answer = browser.get(address, follow=True)
    assert answer.status_code in (200, 403), address
    content: bytes = answer.getvalue() if answer.streaming else answer.content
    # What was searched for.
    return content.decode().replace(f"q={SECRET}", "").replace(f'value="{SECRET}"', "")


@pytest.mark.parametrize("role", ROLES)
def test_no_page_has_it(job: Job, succeeded: Run, failed: Run, role: Role) -> None:
    begin_bulk("requeue", {}, {"params": PARAMS}, actor=by("ana"), now=timezone.now())
    browser = browser_of(make_user(role))
    for address in pages(job, succeeded, failed):
        assert_hidden(read(browser, address), address)
    assert MASK in read(browser, f"/admin/beatwright/job/{job.pk}/")


@pytest.mark.parametrize("role", ROLES)
def test_nor_have_celerys_own_rows(succeeded: Run, failed: Run, role: Role) -> None:
    every = IntervalSchedule.objects.create(every=5, period="minutes")
    row = PeriodicTask.objects.create(
        name="beat", task="EchoTask", interval=every, kwargs=json.dumps(PARAMS)
    )
    browser = browser_of(make_user(role))
    for run in (succeeded, failed):
        address = f"/admin/django_celery_results/taskresult/?q={run.pk}"
        assert_hidden(read(browser, address), address)
        key = make_attempt(
            run, 9, result=f'"plain {SECRET}"', traceback=SECRET, task_kwargs=SECRET
        ).pk
        html = read(browser, f"/admin/django_celery_results/taskresult/{key}/change/")
        assert_hidden(html, "a task result")
        assert MASK in html
    for address in (f"periodictask/{row.pk}", f"intervalschedule/{every.pk}"):
        html = read(browser, f"/admin/django_celery_beat/{address}/change/")
        assert_hidden(html, address)
        assert MASK in html


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_nor_has_the_plan_of_an_import(job: Job, role: Role) -> None:
    browser = browser_of(make_user(role))
    entry = {
        "name": "billing",
        "task": "EchoTask",
        "schedule": "@daily",
        "params": PARAMS | {"password": OLD},
    }
    broken = {
        "name": "broken",
        "task": "EchoTask",
        "schedule": "never",
        "params": {"password": SECRET},
    }
    text = json.dumps({"format": "beatwright/1", "jobs": [entry, broken]})
    answer = browser.post(
        "/admin/beatwright/import/", {"pasted": text, "name": "mine", "text": text}, follow=True
    )
    assert "billing" in answer.content.decode()
    assert_hidden(answer.content.decode(), "the plan")


def addresses(job: Job, *runs: Run) -> Iterator[str]:
    """Every address of the API that reads."""
    yield from (
        "jobs/",
        f"jobs/{job.pk}/",
        f"jobs/{job.pk}/versions/",
        f"jobs/{job.pk}/runs/",
        f"jobs/{job.pk}/why/",
    )
    yield from (
        "runs/",
        "dead-letters/",
        "dead-letters/groups/",
        "bulk/",
        "/jobs",
        f"/jobs/{job.pk}",
        "/v1/jobs",
    )
    yield from (f"/v1/jobs/{job.pk}", f"tasks/{job.pk}", f"tasks/{job.pk}/result")
    for run in runs:
        yield from (f"runs/{run.pk}/{tail}" for tail in ("", "result/", "logs/", "why/"))


@pytest.mark.parametrize("role", ROLES)
def test_no_answer_of_the_api_has_it(job: Job, succeeded: Run, failed: Run, role: Role) -> None:
    begin_bulk("requeue", {}, {"params": PARAMS}, actor=by("ana"), now=timezone.now())
    api = Api(role)
    for address in addresses(job, succeeded, failed):
        answer = api.get(address)
        assert answer.status_code == 200, address
        assert_hidden(answer.content.decode(), address)


@pytest.mark.parametrize("role", ROLES[1:])
def test_no_answer_to_a_change_has_it_either(job: Job, succeeded: Run, role: Role) -> None:
    api = Api(role)
    calls: list[Callable[[], Any]] = [
        lambda: api.send("patch", f"jobs/{job.pk}/", {"description": "x"}),
        lambda: api.post(f"jobs/{job.pk}/run/", {}, idempotency_key="k"),
        lambda: api.post(f"jobs/{job.pk}/run/", {}, idempotency_key="k"),
        lambda: api.post(f"runs/{succeeded.pk}/rerun/"),
        lambda: api.post(f"jobs/{job.pk}/pause/", {}),
        lambda: api.post(f"jobs/{job.pk}/versions/1/restore/"),
        lambda: api.send("patch", f"/jobs/{job.pk}", {"payload": PARAMS}),
        lambda: api.send("put", f"/v1/jobs/{job.pk}", {"description": "y"}),
        lambda: api.post("import/?dry_run=true", {"format": "beatwright/1", "jobs": [
            {"name": "billing", "task": "EchoTask", "schedule": "@daily",
             "params": {"password": "another"}}]}),
    ]  # fmt: skip
    for number, call in enumerate(calls):
        answer = call()
        assert answer.status_code in (200, 201), (number, answer.content)
        assert_hidden(answer.content.decode(), f"answer {number}")


def test_no_command_prints_it(job: Job, succeeded: Run, failed: Run) -> None:
    begin_bulk("requeue", {}, {"params": PARAMS}, actor=by("ana"), now=timezone.now())
    run = str(succeeded.pk)
    for words in (
        ("job", "get", "billing"), ("job", "list", "--json"), ("job", "versions", "billing"),
        ("job", "versions", "billing", "--json"), ("job", "runs", "billing", "--json"),
        ("run", "get", run),
        ("run", "get", str(failed.pk), "--json"), ("run", "logs", run),
        ("run", "logs", run, "--json"),
        ("run", "why", str(failed.pk)), ("audit", "list"), ("audit", "list", "--json"),
        ("bulk", "list", "--json"),
        ("dead_letters", "list", "--json"), ("dead_letters", "groups", "--json"),
        ("export_schedule",),
    ):  # fmt: skip
        assert_hidden(manage(*words), " ".join(words))


def test_searching_a_log_does_not_tell_what_is_hidden(succeeded: Run) -> None:
    browser = browser_of(make_user(Role.VIEWER))

    def found(text: str) -> list[int]:
        lines: list[int] = browser.get(
            f"/admin/beatwright/run/{succeeded.pk}/log/", {"q": text}
        ).json()["found"]
        return lines

    assert found("connect") == [2]
    assert found(MASK) == [2, 3]
    for length in range(2, len(SECRET)):
        assert found(f"with {SECRET[:length]}") == []


def test_what_the_run_itself_keeps_of_an_error_and_its_fingerprint_know_no_secret(
    failed: Run,
) -> None:
    assert failed.error == f"ValueError: refused {MASK}"


@pytest.mark.usefixtures("broker")
def test_an_import_of_an_export_keeps_what_it_hides(job: Job, tmp_path: Any) -> None:
    path = tmp_path / "schedule.json"
    path.write_text(manage("export_schedule").replace('"n": 1', '"n": 2'))
    assert "1 changed" in manage("import_schedule", str(path))
    job.refresh_from_db()
    assert job.params == PARAMS | {"n": 2}
