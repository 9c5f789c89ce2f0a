"""The list of runs and one run's page."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_celery_results.models import TaskResult
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.models import Run, RunLog, RunState, Trigger
from jobs.models.run import message_id
from jobs.queries import pages_runs
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer

LIST = "/admin/jobs/run/"
# Session, user, queues' names; the page of runs with their jobs.
LIST_QUERIES = 4
# Session, user; the run with its job, its attempts, its log, the log's mark.
PAGE_QUERIES = 6


def url(run: Run, tail: str = "") -> str:
    return f"{LIST}{run.pk}/{tail}"


def ended_run(state: RunState = RunState.SUCCEEDED, **fields: Any) -> Run:
    started = timezone.now() - timedelta(minutes=5)
    values: dict[str, Any] = {"state": state, "attempt": 1, "publish_count": 1, "worker": "celery@w1"}
    values |= {"published_at": started, "started_at": started, "finished_at": started + timedelta(seconds=42)}
    return make_run(**values | fields)


def make_attempt(run: Run, number: int = 1, outcome: str | None = "succeeded", **fields: Any) -> TaskResult:
    return TaskResult.objects.create(
        task_id=message_id(run.pk, number),
        task_name=run.task,
        status={"succeeded": "SUCCESS", None: "STARTED"}.get(outcome, "FAILURE"),
        content_type="application/json",
        content_encoding="utf-8",
        date_started=run.started_at,
        worker="celery@w1",
        meta=json.dumps({"run": str(run.pk), "attempt": number, "outcome": outcome}),
        **fields,
    )


def ids(client: Client, query: str = "") -> list[str]:
    return [row.id for row in client.get(LIST + query).context["rows"]]


# --- The list ---


def test_a_full_page_costs_as_many_queries_as_an_empty_one(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(LIST_QUERIES):
        boss.get(LIST)
    for _ in range(60):
        make_run()
    with django_assert_num_queries(LIST_QUERIES):
        assert len(boss.get(LIST).context["rows"]) == 50


def test_pages_stay_as_they_are_while_new_runs_come_in(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_runs, "PAGE", 3)
    job = make_job()
    old = [str(make_run(job).pk) for _ in range(7)][::-1]
    first = boss.get(LIST).context
    make_run(job)
    second = boss.get(LIST + first["pager"].next).context
    third = boss.get(LIST + second["pager"].next).context
    assert [row.id for page in (first, second, third) for row in page["rows"]] == old
    assert third["pager"].next == ""
    assert ids(boss, third["pager"].previous) == old[3:6]
    assert ids(boss, second["pager"].previous) == old[:3]


@pytest.mark.parametrize("query", ["state=failed", "trigger=api", "queue=reports", "job=@"])
def test_the_list_can_be_narrowed(boss: Client, query: str) -> None:
    wanted = make_run(make_job(queue="reports"), state=RunState.FAILED, trigger=Trigger.API)
    make_run()
    assert ids(boss, f"?{query.replace('@', str(wanted.job_id))}") == [str(wanted.pk)]


def test_a_rare_combination_is_searched_in_bounded_steps(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_runs, "SEARCHED", 4)
    job = make_job()
    rare = [str(make_run(job, trigger=Trigger.API).pk) for _ in range(2)][::-1]
    for _ in range(9):
        make_run(job)
    first = boss.get(f"{LIST}?trigger=api&state=queued").context
    second = boss.get(LIST + first["pager"].next).context
    third = boss.get(LIST + second["pager"].next).context
    assert [row.id for page in (first, second, third) for row in page["rows"]] == rare
    assert [page["is_partial"] for page in (first, second, third)] == [True, True, False]
    assert third["pager"].next == ""
    back = boss.get(LIST + third["pager"].previous).context
    assert [row.id for row in back["rows"]] == []
    assert back["is_partial"]


def test_pages_of_a_combination_follow_each_other(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_runs, "PAGE", 2)
    job = make_job()
    wanted: list[str] = []
    for number in range(10):
        run = make_run(job, trigger=Trigger.API if number % 2 else Trigger.SCHEDULE)
        wanted = [str(run.pk), *wanted] if number % 2 else wanted
    first = boss.get(f"{LIST}?trigger=api").context
    second = boss.get(LIST + first["pager"].next).context
    third = boss.get(LIST + second["pager"].next).context
    assert [row.id for page in (first, second, third) for row in page["rows"]] == wanted
    assert ids(boss, third["pager"].previous) == wanted[2:4]


def test_what_is_no_filter_filters_nothing(boss: Client) -> None:
    run = make_run()
    assert ids(boss, "?state=%00&job=nonsense&trigger=x&after=y&before=z") == [str(run.pk)]


def test_a_job_that_is_filtered_for_is_named(boss: Client) -> None:
    job = make_job(name="nightly")
    html = boss.get(f"{LIST}?job={job.pk}").content.decode()
    assert "job: nightly" in html
    assert "No run matches" in html


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "queued"),
        ({"attempt": 1}, "retrying"),
        *(({"state": state}, state.label.lower()) for state in RunState if state != RunState.QUEUED),
    ],
)
def test_a_state_is_a_word_and_an_icon(boss: Client, fields: dict[str, Any], word: str) -> None:
    make_run(**fields)
    badge = boss.get(LIST).context["rows"][0].badge
    assert badge.word == word
    assert badge.icon
    assert badge.title


# --- One run ---


def test_the_page_costs_a_known_number_of_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = ended_run(attempt=3, publish_count=3)
    for number in (1, 2, 3):
        make_attempt(run, number)
    with django_assert_num_queries(PAGE_QUERIES):
        boss.get(url(run))


def test_a_succeeded_run_shows_its_result_params_and_way(boss: Client) -> None:
    run = ended_run(params={"payload": "für Ana"})
    make_attempt(run, result=json.dumps({"rows": 1289}))
    context = boss.get(url(run)).context
    assert '"rows": 1289' in context["result"]
    assert "für Ana" in context["params"]
    assert [step.label for step in context["steps"] if step.when.iso] == ["Due", "Published", "Started", "Finished"]
    assert context["steps"][-1].after == "took 42 s"


def test_a_failed_run_shows_its_traceback_folded(boss: Client) -> None:
    run = ended_run(RunState.FAILED, error="ValueError: no such day")
    make_attempt(run, outcome="failed", traceback="Traceback (most recent call last):\nValueError: no such day")
    html = boss.get(url(run)).content.decode()
    assert "<details><summary" in html
    assert "ValueError: no such day" in html


def test_attempts_link_to_flower_by_their_message(boss: Client) -> None:
    run = ended_run(attempt=2, publish_count=3)
    make_attempt(run, 1, outcome="lost")
    make_attempt(run, 3)
    rows = boss.get(url(run)).context["attempts"]
    assert [row.badge.word for row in rows] == ["lost", "succeeded"]
    assert rows[1].flower_url == f"/flower/task/{run.pk}.3"


def test_the_log_is_that_of_the_attempt_one_asks_for(boss: Client) -> None:
    run = ended_run(attempt=2, publish_count=2)
    for attempt, text in ((1, "first try\n"), (2, "second try\n")):
        RunLog.objects.create(run=run, attempt=attempt, seq=1, created_at=timezone.now(), text=text)
    assert boss.get(url(run)).context["log"].lines == ["second try"]
    assert boss.get(url(run, "?attempt=1")).context["log"].lines == ["first try"]
    assert boss.get(url(run, "?attempt=nonsense")).context["log"].lines == ["second try"]


def test_a_long_log_is_shown_by_its_last_thousand_lines(boss: Client) -> None:
    run = ended_run()
    for seq in range(5):
        text = "".join(f"line {seq * 300 + number}\n" for number in range(300))
        RunLog.objects.create(run=run, attempt=1, seq=seq, created_at=timezone.now(), text=text)
    response = boss.get(url(run))
    assert len(response.context["log"].lines) == 1000
    assert response.context["log"].lines[-1] == "line 1499"
    assert "the last 1000 lines" in response.content.decode()


def test_logs_and_errors_are_text_and_never_markup(boss: Client) -> None:
    run = ended_run(RunState.FAILED, error="<script>alert(1)</script>")
    RunLog.objects.create(run=run, attempt=1, seq=1, created_at=timezone.now(), text="<img src=x onerror=alert(1)>\n")
    html = boss.get(url(run)).content.decode()
    assert "<script>alert" not in html
    assert "<img" not in html


def test_what_is_not_there_yet_is_a_dash_with_its_reason(boss: Client) -> None:
    html = boss.get(url(make_run(), "live/")).content.decode()
    for wrong in (">None<", "1970", "NaN", "undefined"):
        assert wrong not in html
    assert "it has not started" in html


def test_the_page_follows_a_run_until_it_is_over(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=timezone.now(), attempt=1, publish_count=1)
    page = boss.get(url(run))
    assert "hx-get" in page.content.decode()
    seen = f"live/?seen={page.context['mark']}"
    with django_assert_num_queries(4):  # session, user, the run with its job, the log's mark
        assert boss.get(url(run, seen)).status_code == 204

    RunLog.objects.create(run=run, attempt=1, seq=1, created_at=timezone.now(), text="working\n")
    fragment = boss.get(url(run, seen))
    assert "working" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()

    Run.objects.filter(pk=run.pk).move(RunState.SUCCEEDED, finished_at=timezone.now())
    assert "hx-get" not in boss.get(url(run, f"live/?seen={fragment.context['mark']}")).content.decode()


def test_run_again_keeps_the_params_and_the_way_back(boss: Client, broker: RedisServer) -> None:
    run = ended_run(RunState.FAILED, params={"payload": "as it was"})
    response = boss.post(url(run, "rerun/"))
    again = Run.objects.exclude(pk=run.pk).get()
    assert response.headers["Location"] == url(again)
    assert (again.trigger, again.parent, again.params) == (Trigger.RERUN, run, {"payload": "as it was"})


def test_a_viewer_reads_and_cannot_run(viewer: Client) -> None:
    run = ended_run()
    assert "Run again" not in viewer.get(url(run)).content.decode()
    assert viewer.post(url(run, "rerun/")).status_code == 403


def test_a_run_that_is_not_there_is_a_404(boss: Client) -> None:
    assert boss.get(f"{LIST}{uuid.uuid4()}/").status_code == 404
    assert boss.get(f"{LIST}nonsense/").status_code == 404
