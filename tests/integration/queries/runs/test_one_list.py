"""One list of runs: the console, REST, the command here and the command on another machine answer
alike.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.models import Job, Run, RunState, Trigger
from jobs.queries.runs import leads
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.listing import whole_runs_page
from tests.support.api import Api
from tests.support.builders import make_job, make_run
from tests.support.typed import manage, manage_json


def make_runs() -> Job:
    """Of one job a run in each state, twice over; and one of another job."""
    job = make_job(name="nightly")
    for _ in range(2):
        for state in RunState:
            over = {"finished_at": timezone.now()} if state.is_final else {}
            make_run(job, state=state, trigger=Trigger.MANUAL, **over)
    make_run()
    return job


@pytest.mark.parametrize("state", ["", *RunState.values])
def test_the_runs_of_a_state_are_the_same_on_every_surface(
    far: pytest.MonkeyPatch, static_root: None, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_runs()
    wanted = Run.objects.filter(job=job, **({"state": state} if state else {})).newest_first()
    names = [str(run.pk) for run in wanted]
    browser = Client()
    browser.force_login(User.objects.create_superuser("boss"))
    page = browser.get("/admin/beatwright/run/", {"job": str(job.pk), "state": state})
    assert [row.id for row in page.context["rows"]] == names
    answer = Api().get(f"jobs/{job.pk}/runs/", **({"state": state} if state else {}))
    assert [row["id"] for row in answer.json()["results"]] == names
    # A page that a search leaves short is followed by the next.
    monkeypatch.setattr(leads, "WALK", 3)
    flags = ("job", "runs", "nightly", f"--status={state}")
    for url in ("", "http://localhost/"):
        far.setattr(settings, "BEATWRIGHT", settings.BEATWRIGHT | {"scheduler_url": url})
        assert [row["id"] for row in manage_json(*flags)] == names
        assert [row["id"] for row in manage_json(*flags, "--page-size", "1")] == names[:1]
        assert [row["id"] for row in manage_json(*flags, "--last-id", names[0])] == names[1:]


@pytest.mark.parametrize("query", ["state=success", "trigger=x"])
def test_a_page_of_runs_refuses_a_word_that_there_is_not(static_root: None, query: str) -> None:
    make_runs()
    browser = Client()
    browser.force_login(User.objects.create_superuser("boss"))
    answer = browser.get(f"/admin/beatwright/run/?{query}")
    words = Trigger.values if query.startswith("trigger") else RunState.values
    assert (answer.status_code, ", ".join(words) in answer.content.decode()) == (400, True)


def test_a_command_says_which_states_there_are_and_which_was_meant() -> None:
    make_runs()
    with pytest.raises(CommandError, match=r"^status: must be 'blocked'.*did you mean succeeded\?"):
        manage("job", "runs", "nightly", "--status", "success")


def test_runs_of_a_job_cost_one_query_and_those_of_one_state_no_more(
    django_assert_num_queries: Any,
) -> None:
    job = make_runs()
    with django_assert_num_queries(1):
        whole_runs_page(RunFilter(job_id=job.pk), actor=SYSTEM, after=None, limit=100)
    with django_assert_num_queries(1):
        whole_runs_page(
            RunFilter(job_id=job.pk, state="failed"), actor=SYSTEM, after=None, limit=100
        )
