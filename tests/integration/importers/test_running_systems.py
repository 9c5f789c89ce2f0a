"""``import_schedule --from-grpc`` and ``--from-url``: what another system has is asked for, page by
page.
"""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from tests.integration.importers.files import run
from tests.support.other_systems import dts_server, http_server, page_by_id, page_by_offset


def command(*words: str, **flags: Any) -> str:
    out, err = StringIO(), StringIO()
    call_command("import_schedule", *words, stdout=out, stderr=err, **flags)
    return out.getvalue() + err.getvalue()


def dts_job(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{number:08d}", "name": f"job {number}", "description": "d",
        "cronExpression": "*/7 * * * *",
        "status": "SCHEDULED", "createdAt": "2026-01-01T00:00:00Z",
        "nextRun": "2026-01-01T00:07:00Z",
        "metadata": {"task": "EchoTask", "params": '{"n": 1}'}, "priority": 4, "maxRetries": 3,
        "timeout": 60,
    } | fields  # fmt: skip


CRON: dict[str, Any] = {"type": "cron", "expression": "0 9 * * 1", "time_zone": "Europe/Berlin"}
GODISPATCH: list[dict[str, Any]] = [
    {"id": "a", "type": "EchoTask", "name": "cron", "priority": "medium", "payload": {"n": 1},
     "schedule": CRON,
     "status": "scheduled", "max_retries": 3, "timeout": 60},
    {"id": "b", "type": "EchoTask", "name": "often", "priority": "high", "status": "paused",
     "schedule": {"type": "recurring", "interval": 90, "start_time": "2031-01-01T00:00:00Z",
                  "end_time": "2032-01-01T00:00:00Z"}},
    {"id": "c", "type": "EchoTask", "name": "ahead", "priority": "low",
     "schedule": {"type": "one-time", "start_time": "2031-04-10T15:00:00Z"}},
    {"id": "d", "type": "EchoTask", "name": "was", "status": "completed",
     "schedule": {"type": "one-time", "start_time": "2023-04-10T15:00:00Z"}},
]  # fmt: skip


@pytest.mark.parametrize("most", [1, 2, 250])
def test_the_jobs_of_a_dts_go_are_asked_for_over_grpc(most: int) -> None:
    jobs = [
        dts_job(1),
        dts_job(2, status="PAUSED"),
        dts_job(3, metadata={"message": "x"}, cronExpression="@daily"),
    ]
    with dts_server(jobs, most) as address:
        assert "3 new" in command(from_grpc=[address], timezone="Asia/Tokyo")
        assert "0 changes, 3 unchanged" in command(
            from_grpc=[address], timezone="Asia/Tokyo", prune=True
        )
    one, two, three = Job.objects.order_by("name")
    assert (one.task, one.params, one.schedule, one.timezone) == (
        "EchoTask",
        {"n": 1},
        "*/7 * * * *",
        "Asia/Tokyo",
    )
    assert (one.priority, one.max_retries, one.timeout_seconds) == (4, 3, 60)
    assert (one.source, two.enabled, three.params) == (f"grpc://{address}", False, {"message": "x"})


@pytest.mark.parametrize("path", ["", "/v1/jobs"])
def test_dts_go_is_asked_over_http_as_well(path: str) -> None:
    jobs = [dts_job(number) for number in range(5)]
    with http_server({"/v1/jobs": page_by_id(jobs, 2)}) as url:
        assert "5 new" in command(from_url=[url + path])
    assert set(Job.objects.values_list("schedule", "max_retries")) == {("*/7 * * * *", 3)}


@pytest.mark.parametrize(
    "around", [list, lambda tasks: {"tasks": tasks, "total": 4}, lambda tasks: {"data": tasks}]
)
def test_the_tasks_of_a_godispatch_are_asked_for(around: Any) -> None:
    with http_server({"/api/v1/tasks": page_by_offset(GODISPATCH, around, 3)}) as url:
        said = command(from_url=[url])
    assert "3 new" in said
    assert "switched off and their time is over: was" in said
    cron, often, ahead = (Job.objects.get(name=name) for name in ("cron", "often", "ahead"))
    assert (cron.schedule, cron.timezone, cron.priority, cron.max_retries) == (
        "0 9 * * 1",
        "Europe/Berlin",
        0,
        3,
    )
    assert (often.schedule, often.enabled, often.priority) == ("@every 90s", False, 10)
    assert (often.starts_at and often.starts_at.year, often.ends_at and often.ends_at.year) == (
        2031,
        2032,
    )
    assert (ahead.schedule, ahead.priority) == ("2031-04-10T15:00:00Z", -10)


def test_the_jobs_of_a_distributed_job_scheduler_are_asked_for() -> None:
    jobs = [
        {
            "id": 1,
            "type": "EchoTask",
            "schedule": "*/10 * * * *",
            "payload": {"n": 1},
            "status": "active",
        },
        {"id": 2, "type": "EchoTask", "schedule": "0 4 * * *", "payload": {}, "status": "paused"},
        {"id": 3, "type": "EchoTask", "payload": {}, "status": "completed"},
    ]
    # It answers all of it whatever page is asked for.
    with http_server({"/jobs": lambda _: (200, {"jobs": jobs})}) as url:
        said = command(from_url=[url], partial=True)
    assert "it runs once, at once: there is nothing to schedule" in said
    found = Job.objects.order_by("name").values_list("name", "schedule", "enabled")
    assert list(found) == [("EchoTask:1", "*/10 * * * *", True), ("EchoTask:2", "0 4 * * *", False)]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((500, {"error": "down"}), "answers 500"),
        ((200, b"<html>"), "answers no JSON"),
        ((200, {"message": "hello"}), "answers no list of jobs"),
    ],
)
def test_an_answer_that_is_no_list_is_told_and_changes_nothing(
    answer: tuple[int, Any], message: str
) -> None:
    said = StringIO()
    with (
        http_server({"/jobs": lambda _: answer}) as url,
        pytest.raises(CommandError, match="nothing was imported"),
    ):
        call_command("import_schedule", from_url=[f"{url}/jobs"], stdout=StringIO(), stderr=said)
    assert message in said.getvalue()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "words", [{"from_url": ["http://127.0.0.1:9/jobs"]}, {"from_grpc": ["127.0.0.1:9"]}]
)
def test_a_system_that_does_not_answer_is_told(words: dict[str, Any]) -> None:
    said = StringIO()
    with pytest.raises(CommandError, match="nothing was imported"):
        call_command("import_schedule", stdout=StringIO(), stderr=said, **words)
    assert "does not answer" in said.getvalue()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "/etc/passwd", "http://"])
def test_what_is_no_address_is_told(url: str) -> None:
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("import_schedule", from_url=[url], stdout=StringIO(), stderr=said)
    assert "is no URL" in said.getvalue()


def test_a_list_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.importers.systems.answers.MOST_PAGES", 5)

    def endless(query: dict[str, str]) -> tuple[int, Any]:
        return 200, [dts_job(int(query.get("offset", 0)))]

    said = StringIO()
    with http_server({"/jobs": endless}) as url, pytest.raises(CommandError):
        call_command("import_schedule", from_url=[f"{url}/jobs"], stdout=StringIO(), stderr=said)
    assert "more than 5 pages" in said.getvalue()


@pytest.mark.parametrize(
    "answer",
    [
        {"jobs": [dts_job(1), dts_job(2)], "total": 2},
        {
            "jobs": [
                {
                    "id": "1",
                    "name": "x",
                    "cron_expression": "@daily",
                    "metadata": {},
                    "max_retries": 0,
                    "timeout": 0,
                }
            ]
        },
        {"tasks": GODISPATCH[:2]},
        GODISPATCH[:1],
    ],
)
def test_an_answer_that_was_saved_is_read_from_its_file(answer: Any, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps(answer))
    plan = run(str(path))
    assert plan.problems == []
    assert plan.new


def test_godispatchs_cron_texts_end_with_a_year(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    whens = ["0 9 * * 1 2031", "30 0 9 * * 1 *", "0 9 * * 1"]
    path.write_text(
        json.dumps(
            {
                "tasks": [
                    GODISPATCH[0] | {"name": text, "schedule": CRON | {"expression": text}}
                    for text in whens
                ]
            }
        )
    )
    plan = run(str(path))
    assert plan.problems == []
    jobs = [Job.objects.get(name=text) for text in whens]
    assert [job.schedule for job in jobs] == ["0 9 * * 1", "30 0 9 * * 1", "0 9 * * 1"]
    assert [str(job.starts_at)[:10] for job in jobs] == ["2030-12-31", "None", "None"]
    assert ["has six fields" in str(warning) for warning in plan.warnings] == [True]
    path.write_text(
        json.dumps(
            {"tasks": [GODISPATCH[0] | {"schedule": CRON | {"expression": "0 9 * * 1 20*"}}]}
        )
    )
    assert "year: 20* is not read here" in str(run(str(path)).problems[0])


@pytest.mark.parametrize("more", [{"total": 70}, {"next_page": "x"}, {"nextPage": "x"}])
def test_one_page_of_a_longer_list_is_not_taken_for_all_of_it(
    more: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"jobs": [dts_job(1)]} | more))
    (problem,) = run(str(path)).problems
    assert "holds 1 of the jobs of a longer list" in problem.message
