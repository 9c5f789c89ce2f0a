"""An import tells whom tags limit no more of a job out of their reach than that its name is
taken.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobs.access.roles import Role
from jobs.models import Job
from tests.support.api import Api
from tests.support.builders import make_job

SECRET = "hunter2"


@pytest.fixture
def away() -> Job:
    return make_job(
        name="payroll",
        tags=["ops"],
        source="payroll.json",
        description="unheard",
        params={"password": SECRET},
    )


def asked(changes: dict[str, Any], **query: str) -> dict[str, Any]:
    """What a dry run of this entry says to somebody who sees jobs with the tag fin alone."""
    entry = {
        "name": "payroll",
        "task": "EchoTask",
        "schedule": "*/5 * * * *",
        "tags": ["fin"],
        **changes,
    }
    file = json.dumps({"format": "beatwright/1", "jobs": [entry]})
    words = "&".join(
        f"{name}={value}"
        for name, value in ({"dry_run": "true", "source": "payroll.json"} | query).items()
    )
    answer = Api(Role.EDITOR, tags=["fin"]).post(f"import/?{words}", file)
    assert "unheard" not in answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def test_whatever_is_guessed_the_answer_is_the_same(away: Job) -> None:
    guesses: list[dict[str, Any]] = [
        {}, {"params": {"password": SECRET}}, {"params": {"password": "wrong"}},
        {"params": {"password": "••••••"}},
        {"description": "unheard", "tags": ["ops"]},
    ]  # fmt: skip
    answers = [asked(guess) for guess in guesses]
    assert answers == [answers[0]] * len(guesses)
    assert [problem["message"] for problem in answers[0]["problems"]] == [
        "another job already has the name 'payroll'"
    ]
    assert answers[0]["changes"] == []


def test_what_a_file_no_longer_has_is_not_named(away: Job) -> None:
    told = asked({"name": "another"}, prune="true")
    assert [change["job"] if "job" in change else change["name"] for change in told["changes"]] == [
        "another"
    ]


def test_a_job_of_the_past_that_is_archived_is_told_from_none_only_by_who_sees_it() -> None:
    once = {"name": "moved", "schedule": "2020-01-01T00:00:00Z"}
    before = asked(once)
    make_job(
        name="moved",
        tags=["ops"],
        source="payroll.json",
        schedule=once["schedule"],
        archived_at="2020-01-02T00:00Z",
        enabled=False,
    )
    assert asked(once) == before
