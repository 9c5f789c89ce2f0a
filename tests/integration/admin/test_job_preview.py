"""What the form answers while one types: the schedule, the params, the waits before retries."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from tests.support.builders import make_job


def preview_of(client: Client, **data: str) -> str:
    return client.post("/admin/_p/schedule/", data).content.decode()


def test_the_live_preview_is_the_schedulers_own_answer(boss: Client) -> None:
    html = preview_of(boss, schedule="30 2 * * *", timezone="Asia/Tokyo")
    assert html.count("<li>") >= 5
    assert "Asia/Tokyo" in html
    assert "02:30 JST" in html


def test_the_live_preview_says_where_reading_stopped(boss: Client) -> None:
    html = preview_of(boss, schedule="0 99 * * *", timezone="UTC")
    assert "preview-error" in html
    assert "hour" in html


def test_the_live_preview_speaks_the_readers_zone_as_well(boss: Client) -> None:
    boss.cookies["zone"] = "Asia/Tokyo"
    html = preview_of(boss, schedule="30 2 * * *", timezone="Europe/Berlin")
    assert "02:30 CE" in html
    assert "JST" in html
    assert "yours" not in preview_of(boss, schedule="30 2 * * *", timezone="Asia/Tokyo")
    boss.cookies["zone"] = "Nowhere/At_All"
    assert "yours" not in preview_of(boss, schedule="30 2 * * *", timezone="Europe/Berlin")


def test_the_live_preview_refuses_what_saving_would_refuse(boss: Client) -> None:
    assert "it never fires" in preview_of(boss, schedule="31 2 30 2 *", timezone="UTC")
    assert "is in the past" in preview_of(boss, schedule="2001-01-01T00:00", timezone="UTC")


def test_the_live_preview_tells_how_many_others_are_due_at_that_minute(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for queue in ("default", "default", "reports"):
        make_job(schedule="30 2 1 1 *", queue=queue)
    mine = make_job(schedule="30 2 1 1 *")
    # Session, user, calendars twice, those that are due, the job and its last runs.
    with django_assert_num_queries(7):
        html = preview_of(
            boss, schedule="30 2 1 1 *", timezone="UTC", queue="default", job=str(mine.pk)
        )
    assert "2 other jobs are due in the same minute on default" in html
    assert "other job" not in preview_of(
        boss, schedule="31 2 1 1 *", timezone="UTC", queue="default"
    )


@pytest.mark.parametrize(
    ("task", "params", "expected"),
    [
        ("LogTask", "{}", [["message", "is required"]]),
        ("LogTask", '{"message": 5}', [["message", "must be a string"]]),
        (
            "LogTask",
            '{"message": "x", "level": "loud"}',
            [["level", "must be 'debug', 'info', 'warning' or 'error'"]],
        ),
        ("InvoiceProcessor", '{"payload": ["a", 1]}', [["payload", "payload[1] must be a string"]]),
        (
            "Sleep",
            '{"secnds": 1}',
            [["secnds", "is not a parameter of this task; did you mean 'seconds'?"]],
        ),
        ("LogTask", '{"message": "x"}', []),
        ("NoSuchTask", "{}", []),
        ("LogTask", "{", [["", "is not valid JSON"]]),
        ("LogTask", "[" * 50_000, [["", "is not valid JSON"]]),
    ],
)
def test_params_are_checked_while_they_are_typed(
    boss: Client, task: str, params: str, expected: list[list[str]]
) -> None:
    answer = boss.post("/admin/_p/params/", {"task": task, "params": params})
    assert answer.json() == {"problems": expected}


def test_the_fields_of_the_params_follow_from_the_tasks_schema(boss: Client) -> None:
    fields = {
        field.key: field
        for field in boss.get("/admin/_p/task/?task=HttpRequest").context["task"].fields
    }
    assert (fields["url"].kind, fields["url"].required) == ("text", True)
    assert fields["method"].choices[0] == ('"GET"', "GET")
    assert (fields["timeout_seconds"].kind, fields["timeout_seconds"].default) == ("number", "30.0")
    assert (fields["headers"].kind, fields["headers"].type) == ("json", "object or null")
    assert boss.get("/admin/_p/task/?task=email").context["task"].fields[0].kind == "loose"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"max_retries": "2", "retry_jitter": "False"}, "Waits 10 s, 20 s."),
        ({"max_retries": "9", "retry_backoff_seconds": "1m", "retry_backoff_max_seconds": "5m",
          "retry_jitter": "False"}, "Waits 1 min, 2 min, 4 min, 5 min … up to 5 min."),
        ({"max_retries": "0"}, ""),
        ({"max_retries": "many", "retry_backoff_seconds": "x"}, ""),
    ],
)  # fmt: skip
def test_the_waits_before_retries_are_the_workers_own(
    boss: Client, data: dict[str, str], expected: str
) -> None:
    assert boss.post("/admin/_p/retries/", data).context["waits"] == expected


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"schedule": "* * * * *", "timezone": "Nowhere/At_All"},
        {"schedule": "1--100000000 * * * *"},
        {"schedule": "* * * * *", "starts_at": "not a date", "ends_at": "2030-99-99T00:00"},
        {"schedule": "\0" * 600, "timezone": "\0"},
        {"schedule": "* * * * *", "timezone": "../../etc/passwd"},
    ],
)
def test_the_live_preview_answers_whatever_is_typed(boss: Client, data: dict[str, str]) -> None:
    assert boss.post("/admin/_p/schedule/", data).status_code == 200


def test_help_on_a_task_lists_its_params(boss: Client) -> None:
    html = boss.get("/admin/_p/task/?task=InvoiceProcessor").content.decode()
    assert "task_param" in html
    assert "Write an invoice" in html
