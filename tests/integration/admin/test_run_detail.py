"""One run's page, its refresh, and what its buttons do."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_celery_results.models import TaskResult
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.lifecycle.rows import AttemptMeta
from jobs.models import Run, RunState, Trigger
from tests.support.builders import (
    make_attempt,
    make_job,
    make_leader,
    make_log,
    make_run,
    make_worker,
)
from tests.support.redis import RedisServer
from tests.support.shown import never_meant

RUNS = "/admin/beatwright/run/"
SIGNED_IN = 2  # session, user
# The run with its job, health and backfill; attempts, log, family, and how many dead letters have
# its error.
OVER_QUERIES = SIGNED_IN + 5
# The run, attempts, log, family; why: the queue, its workers, the leader, what is ahead of it.
WAITING_QUERIES = SIGNED_IN + 8


def url(run: Run, tail: str = "") -> str:
    return f"{RUNS}{run.pk}/{tail}"


def ended_run(state: RunState = RunState.SUCCEEDED, **fields: Any) -> Run:
    started = timezone.now() - timedelta(minutes=5)
    values: dict[str, Any] = {
        "state": state,
        "attempt": 1,
        "publish_count": 1,
        "worker": "celery@w1",
    }
    values |= {
        "published_at": started,
        "started_at": started,
        "finished_at": started + timedelta(seconds=42),
    }
    return make_run(**values | fields)


def running_run(seconds: float = 10, *, p50_ms: int | None = None, **fields: Any) -> Run:
    now = timezone.now()
    values: dict[str, Any] = {
        "state": RunState.RUNNING,
        "attempt": 1,
        "publish_count": 1,
        "worker": "celery@w1",
    }
    values |= {
        "started_at": now - timedelta(seconds=seconds),
        "lease_expires_at": now + timedelta(seconds=60),
    }
    run = make_run(**values | fields)
    run.job.health.p50_ms = p50_ms
    run.job.health.save()
    return run


# --- What it costs ---


def test_a_run_that_is_over_costs_a_known_number_of_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = ended_run(RunState.FAILED, attempt=3, publish_count=3, error="boom", fingerprint="a" * 40)
    for number in (1, 2, 3):
        make_attempt(run, number)
    make_log(run, "line\n", attempt=3)
    with django_assert_num_queries(OVER_QUERIES):
        boss.get(url(run))


def test_a_run_that_waits_costs_a_known_number_of_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_worker()
    make_leader()
    run = make_run(attempt=1, publish_count=1)
    with django_assert_num_queries(WAITING_QUERIES):
        boss.get(url(run))


def test_a_refresh_without_news_costs_the_run_alone(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = running_run()
    known = boss.get(url(run, "live/")).headers["ETag"]
    with django_assert_num_queries(SIGNED_IN + 1):
        assert boss.get(url(run, "live/"), headers={"if-none-match": known}).status_code == 304


# --- What it shows ---


def test_a_succeeded_run_shows_its_result_params_and_way(boss: Client) -> None:
    run = ended_run(params={"payload": "für Ana"})
    make_attempt(run, result=json.dumps({"rows": 1289}))
    context = boss.get(url(run)).context
    assert '"rows": 1289' in context["result"]
    assert "für Ana" in context["params"]
    assert [step.label for step in context["steps"] if step.when.iso] == [
        "Due",
        "Published",
        "Started",
        "Finished",
    ]
    assert context["steps"][-1].after == "took 42 s"


def test_secrets_in_params_and_result_do_not_leave_the_server(boss: Client) -> None:
    run = ended_run(params={"payload": [{"api_key": "abc123"}]})
    make_attempt(run, result=json.dumps({"token": "def456", "rows": 3}))
    for page in (url(run), url(run, "live/"), url(run, "rerun/")):
        html = boss.get(page).content.decode()
        assert "abc123" not in html
        assert "def456" not in html
        assert "••••••" in html


def test_a_failed_run_shows_its_own_frames_and_folds_those_of_libraries(boss: Client) -> None:
    run = ended_run(RunState.FAILED, error="ValueError: no such day")
    text = (
        "Traceback (most recent call last):\n"
        '  File "/venv/lib/python3.11/site-packages/celery/app/trace.py", line 453, in trace_task\n'
        "    R = retval = fun(*args, **kwargs)\n"
        '  File "/app/billing/tasks.py", line 12, in sync\n'
        "    raise ValueError(day)\n"
        "ValueError: no such day\n"
    )
    make_attempt(run, outcome="failed", traceback=text)
    trace = boss.get(url(run)).context["trace"]
    assert [(part.frames, part.text.splitlines()[-1].strip()) for part in trace.parts] == [
        (0, "Traceback (most recent call last):"),
        (1, "R = retval = fun(*args, **kwargs)"),
        (0, "ValueError: no such day"),
    ]
    assert trace.error == "ValueError: no such day"


def test_attempts_link_to_their_logs_and_to_flower_by_their_message(boss: Client) -> None:
    run = ended_run(attempt=2, publish_count=3)
    make_attempt(run, 1, outcome="lost")
    make_attempt(run, 3, meta=AttemptMeta(run.pk, 2, outcome="succeeded").text())
    rows = boss.get(url(run)).context["attempts"]
    assert [row.badge.word for row in rows] == ["lost", "succeeded"]
    assert rows[0].log_url == url(run, "?attempt=1")
    assert rows[1].flower_url == f"/flower/task/{run.pk}.3"


def test_attempts_that_were_lost_are_told_by_their_cause(boss: Client) -> None:
    run = ended_run(attempt=5, losses=4, child_losses=1, worker_losses=1, lease_losses=2)
    facts = dict(boss.get(url(run)).context["facts"])
    assert facts["Attempts"] == "5, 4 lost (1 with its process, 1 with its worker, 2 cut off)"


def test_the_timeline_is_to_scale(boss: Client) -> None:
    start = timezone.now() - timedelta(minutes=5)

    def at(seconds: int) -> datetime:
        return start + timedelta(seconds=seconds)

    run = ended_run(
        scheduled_for=start,
        created_at=start,
        started_at=at(50),
        finished_at=at(100),
        attempt=2,
        publish_count=2,
    )
    for number, outcome, begun, done in ((1, "failed", 10, 20), (2, "succeeded", 50, 100)):
        attempt = make_attempt(run, number, outcome, date_started=at(begun))
        TaskResult.objects.filter(pk=attempt.pk).update(date_done=at(done))
    segments = boss.get(url(run)).context["timeline"].segments
    assert [(segment.x, segment.width, segment.tone) for segment in segments] == [
        (0, 100, "neutral"), (100, 100, "bad"), (200, 300, "neutral"), (500, 500, "good")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "p50_ms", "share", "says"),
    [
        ({"progress": {"current": 41, "total": 50, "message": "page 41"}}, None, 82, "page 41"),
        ({"progress": None}, 40_000, 25, ""),
        ({"progress": {"current": "many"}}, None, None, ""),
        ({"progress": None}, 4_000, None, ""),
    ],
)
def test_a_running_run_says_how_far_it_is(
    boss: Client, fields: dict[str, Any], p50_ms: int | None, share: int | None, says: str
) -> None:
    progress = boss.get(url(running_run(10, p50_ms=p50_ms, **fields))).context["progress"]
    assert (progress.share, progress.says) == (share, says)


def test_a_run_whose_worker_is_silent_says_when_it_is_taken_back(boss: Client) -> None:
    heard = timezone.now() - timedelta(seconds=45)
    silence = boss.get(url(running_run(lease_expires_at=heard + timedelta(seconds=60)))).context[
        "silence"
    ]
    assert silence.sentence.startswith(
        "No heartbeat from celery@w1 for 45 s; without a heartbeat, the run is recovered"
    )
    gone = boss.get(
        url(running_run(lease_expires_at=timezone.now() - timedelta(seconds=1)))
    ).context["silence"]
    assert "recovers the run" in gone.sentence
    assert boss.get(url(running_run())).context["silence"] is None


def test_a_run_that_waits_says_for_what(boss: Client) -> None:
    html = boss.get(url(make_run())).content.decode()
    assert "No worker consumes the queue default" in html


def test_the_same_error_leads_to_its_dead_letters(boss: Client) -> None:
    run, _ = (ended_run(RunState.FAILED, error="boom", fingerprint="a" * 40) for _ in range(2))
    link = boss.get(url(run)).context["same_error"]
    assert (link.text, link.url) == ("2 runs", f"/admin/beatwright/dead/group/{'a' * 40}/")


def test_markup_in_errors_is_text(boss: Client) -> None:
    html = boss.get(
        url(ended_run(RunState.FAILED, error="<script>alert(1)</script>"))
    ).content.decode()
    assert "<script>alert" not in html


def test_what_is_not_there_yet_is_a_dash_with_its_reason(boss: Client) -> None:
    html = boss.get(url(make_run(), "live/")).content.decode()
    assert never_meant(html) == []
    assert 'title="not started"' in html


def test_the_page_follows_a_run_until_it_is_over(boss: Client) -> None:
    run = running_run(progress={"current": 1, "total": 4})
    first = boss.get(url(run, "live/"))
    assert "data-live=" in first.content.decode()
    assert "<html" not in first.content.decode()

    def again() -> Any:
        return boss.get(url(run, "live/"), headers={"if-none-match": first.headers["ETag"]})

    Run.objects.filter(pk=run.pk).update(progress={"current": 2, "total": 4})
    assert 'value="50"' in again().content.decode()
    Run.objects.filter(pk=run.pk).move(RunState.SUCCEEDED, finished_at=timezone.now())
    assert "data-live=" not in again().content.decode()


# --- Buttons ---


def test_rerun_keeps_the_params_and_the_way_back_and_forth(
    boss: Client, broker: RedisServer
) -> None:
    run = ended_run(RunState.FAILED, params={"payload": "as it was"})
    response = boss.post(url(run, "rerun/"))
    again = Run.objects.exclude(pk=run.pk).get()
    assert response.headers["Location"] == url(again)
    assert (again.trigger, again.parent, again.params) == (
        Trigger.RERUN,
        run,
        {"payload": "as it was"},
    )
    assert [(one.kind, one.url) for one in boss.get(url(again)).context["relations"]] == [
        ("rerun of", url(run))
    ]
    assert [(one.kind, one.url) for one in boss.get(url(run)).context["relations"]] == [
        ("rerun as", url(again))
    ]


def test_rerun_with_edits_is_prefilled_and_keeps_what_was_hidden(
    boss: Client, broker: RedisServer
) -> None:
    job = make_job(task="LogTask", params={})
    run = ended_run(job=job, task="LogTask", params={"message": "hello", "token": "t-1"})
    form = boss.get(url(run, "rerun/"))
    assert json.loads(form.context["params"]) == {"message": "hello", "token": "••••••"}
    refused = boss.post(url(run, "rerun/"), {"params": '{"message": 5}'})
    assert (refused.status_code, refused.context["params"]) == (422, '{"message": 5}')
    assert "message" in refused.context["problem"]
    assert boss.post(url(run, "rerun/"), {"params": "{"}).status_code == 422

    boss.post(url(run, "rerun/"), {"params": '{"message": "edited"}'})
    assert Run.objects.exclude(pk=run.pk).get().params == {"message": "edited"}


def test_a_cancel_is_first_requested_and_offered_no_more(boss: Client) -> None:
    run = running_run()
    assert boss.get(url(run)).context["can_cancel"]
    boss.post(url(run, "cancel/"))
    html = boss.get(url(run)).content.decode()
    assert "cancel requested" in html
    assert "Cancel this run" not in html


def test_cancelling_a_run_that_is_over_is_a_conflict_in_plain_words(boss: Client) -> None:
    run = ended_run()
    assert "Cancel this run" not in boss.get(url(run)).content.decode()
    response = boss.post(url(run, "cancel/"))
    assert response.status_code == 409
    assert "a succeeded run cannot be cancelled" in response.content.decode()


def test_a_viewer_reads_and_cannot_act(viewer: Client) -> None:
    run = ended_run()
    html = viewer.get(url(run)).content.decode()
    assert "Rerun" not in html
    for verb in ("rerun/", "cancel/"):
        assert viewer.post(url(run, verb)).status_code == 403
    assert viewer.get(url(run, "rerun/")).status_code == 403


def test_a_run_that_is_not_there_is_a_404(boss: Client) -> None:
    assert boss.get(f"{RUNS}{uuid.uuid4()}/").status_code == 404
    assert boss.get(f"{RUNS}nonsense/").status_code == 404
