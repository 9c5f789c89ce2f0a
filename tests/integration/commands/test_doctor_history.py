"""``doctor --history``, here, over the API, and on another machine."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.history.stored import asked
from jobs.models import Job, JobState, Run
from tests.support.api import Api, fields_at_fault
from tests.support.far import far_away
from tests.support.recorded import MINUTES, due, minutely_job, record_all
from tests.support.typed import manage, manage_json


@pytest.fixture
def job() -> Job:
    """One that went well for ten minutes; what is due since then is not planned yet, however long
    the tests take.
    """
    job = minutely_job(name="nightly", max_retries=1)
    record_all(job)
    # A minute earlier than it was: what is due within the minute after a job was made is not
    # judged.
    made = due(0) - timedelta(seconds=65)
    Job.objects.update(created_at=made, updated_at=made)
    JobState.objects.update(anchor=made, next_run_at=due(MINUTES + 1))
    return job


def failing(*words: str) -> str:
    """What the command prints before it ends with 1."""
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--history", *words, stdout=out)
    assert ended.value.code == 1
    return out.getvalue()


def test_a_history_that_keeps_the_promises_is_told_in_numbers(job: Job) -> None:
    text = manage("doctor", "--history", "--since", "24h")
    runs = MINUTES + 1
    assert text.startswith(
        f"looked at {runs} runs, {runs} attempts, {runs} due occurrences of 1 jobs, from "
    )
    assert "every promise was kept, as far as rows can tell" in text


def test_a_broken_promise_is_told_with_its_rows_and_its_remedy(job: Job) -> None:
    Run.objects.filter(scheduled_for=due(4)).delete()
    text = failing("--since", "24h")
    assert f"BROKEN  occurrences: nightly: it was due at {due(4):%Y-%m-%d %H:%M:%S} UTC" in text
    assert f"job {job.pk}" in text
    assert "job backfill" in text
    assert "1 promises were broken: 1 × occurrences" in text


def test_programs_read_the_same_as_json(job: Job) -> None:
    assert manage_json("doctor", "--history", "--since", "24h")["counts"] == {}
    Run.objects.filter(scheduled_for=due(4)).delete()
    found = json.loads(failing("--since", "24h", "--json"))
    assert (found["counts"], found["violations"][0]["job_name"]) == ({"occurrences": 1}, "nightly")
    assert found["violations"][0]["at"] == f"{due(4):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("ago", "runs"), [("24h", MINUTES + 1), ("1d", MINUTES + 1), ("0s", None), ("1x", None)]
)
def test_since_may_be_said_as_how_long_ago(job: Job, ago: str, runs: int | None) -> None:
    if runs is None:
        with pytest.raises(CommandError, match=r"^since: "):
            manage("doctor", "--history", "--since", ago)
    else:
        assert manage("doctor", "--history", "--since", ago).startswith(f"looked at {runs} runs")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--history", "--check", "database"], "^history: "),
        (["--history", "--here"], "^history: "),
        (["--since", "24h"], "^since: goes with --history"),
    ],
)
def test_words_that_do_not_go_together_are_refused(words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        manage("doctor", *words)


def test_another_machine_is_asked_for_its_own(job: Job, far: pytest.MonkeyPatch) -> None:
    far_away(far)
    assert "every promise was kept" in manage("doctor", "--history", "--since", "24h")
    Run.objects.filter(scheduled_for=due(4)).delete()
    assert "BROKEN  occurrences: nightly" in failing("--since", "24h")


def test_the_api_answers_for_the_last_day_unless_told_otherwise(job: Job) -> None:
    found = Api().get("history/").json()
    assert (found["runs"], found["counts"], found["is_complete"]) == (MINUTES + 1, {}, True)
    assert Api().get("history/", since=due(8).isoformat()).json()["occurrences"] == 3
    assert fields_at_fault(Api().get("history/", since="yesterday")) == ["since"]


def test_whom_tags_limit_is_told_nothing_of_the_history() -> None:
    assert Api(tags=["fin"]).get("history/").status_code == 403


def test_one_look_at_a_time_is_answered(job: Job) -> None:
    with asked._turn:
        answer: Any = Api().get("history/")
    assert (answer.status_code, "is going on here" in answer.json()["detail"]) == (422, True)


def test_a_look_that_takes_too_long_says_so(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "ANSWER_SECONDS", 0.0)
    found = Api().get("history/").json()
    assert (found["is_complete"], found["counts"]) == (False, {})


def test_a_look_from_afar_that_was_not_finished_is_no_proof(
    job: Job, far: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "ANSWER_SECONDS", 0.0)
    far_away(far)
    assert "not finished: it took too long" in failing()
