"""The first page: its numbers, its panels, and what happens when one of them cannot be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.actor import Actor
from jobs.admin.dashboard.page import READ_WITHIN_SECONDS
from jobs.maintenance.rollups import RollUps
from jobs.models import Alert, AlertKind, Health, Job, JobHealth, Queue, Restriction, Run, RunState
from jobs.queries import paging
from jobs.queries.bounded import at_most
from tests.support.builders import make_alert, make_job, make_run, make_worker

INDEX = "/admin/"
# Session and user; then running, queued, trouble, dead letters, today, the causes of alerts and
# an alert of each, throughput, the running runs, queues, what is due within the hour, workers.
QUERIES = 15
TILES = ("running", "queued", "failing", "late", "dead", "today")


@pytest.fixture
def queries() -> int:
    """On PostgreSQL the bound on them is set before and taken off after."""
    return QUERIES + 2 * (connection.vendor == "postgresql")


def panels(client: Client, address: str = INDEX) -> dict[str, Any]:
    found: dict[str, Any] = client.get(address).context["panels"]
    return found


def tiles(client: Client) -> dict[str, str]:
    found = panels(client)
    return {name: found[f"tile_{name}"].data.number for name in TILES}


def ended(job: Job, state: RunState, **fields: Any) -> Run:
    now = timezone.now()
    times = {
        "started_at": now - timedelta(seconds=5),
        "finished_at": now - timedelta(seconds=1),
        "attempt": 1,
    }
    return make_run(job, state=state, **(times | fields))


def test_the_tiles_count_what_they_link_to(boss: Client) -> None:
    job, other = make_job(), make_job()
    make_run(job, state=RunState.RUNNING, started_at=timezone.now(), attempt=1)
    make_run(job)
    make_run(job)
    ended(job, RunState.SUCCEEDED)
    ended(other, RunState.FAILED)
    ended(other, RunState.TIMED_OUT)
    ended(other, RunState.FAILED, resolved_at=timezone.now())
    RollUps().run_once(now=timezone.now())
    JobHealth.objects.filter(job=job).update(trouble=Health.LATE)
    assert tiles(boss) == {
        "running": "1",
        "queued": "2",
        "failing": "1",
        "late": "1",
        "dead": "2",
        "today": "1",
    }
    assert panels(boss)["tile_today"].data.note == "3 failed · 25.0%"
    links = {name: panels(boss)[f"tile_{name}"].data.url for name in TILES}
    assert len(boss.get(links["running"]).context["rows"]) == 1
    assert len(boss.get(links["queued"]).context["rows"]) == 2
    assert [group.count for group in boss.get(links["dead"]).context["groups"]] == ["2"]
    assert links["failing"] == "/admin/beatwright/job/?health=failing"
    assert links["late"] == "/admin/beatwright/job/?health=late"


def test_the_page_costs_a_known_number_of_queries_however_much_there_is(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries, queries: int
) -> None:
    for number in range(3):
        job = make_job(queue=f"queue-{number}")
        make_worker(job.queue)
        make_run(job)
        make_run(job, state=RunState.RUNNING, started_at=timezone.now(), attempt=1)
        ended(job, RunState.FAILED)
        make_alert(job, kind=AlertKind.FAILING)
        with django_assert_num_queries(queries):
            assert boss.get(INDEX).status_code == 200


def test_an_unchanged_page_costs_one_query_beside_session_and_user(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_run()
    tag = boss.get("/admin/_f/dashboard/").headers["ETag"]
    with django_assert_num_queries(3):
        assert boss.get("/admin/_f/dashboard/", headers={"if-none-match": tag}).status_code == 304


def test_counters_stop_at_a_thousand(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 2)
    job = make_job()
    for _ in range(4):
        make_run(job)
    found = panels(boss)
    assert found["tile_queued"].data.number == "2+"
    assert [(row.depth, row.more) for row in found["queues"].data] == [(3, True)]


def test_what_needs_attention_can_be_acted_upon(boss: Client) -> None:
    now = timezone.now()
    job = make_job(name="billing")
    failed = ended(job, RunState.FAILED)
    RollUps().run_once(now=now)
    make_alert(job, kind=AlertKind.FAILING, message="failed 4 times")
    make_alert(kind=AlertKind.NO_CONSUMER, subject="slow")
    make_alert(kind=AlertKind.LATE, subject="over", closed_at=now)
    rows = {row.title: row for row in panels(boss)["attention"].data.rows}
    assert set(rows) == {"billing", "slow"}
    assert rows["billing"].log_url == f"/admin/beatwright/run/{failed.pk}/"
    assert rows["billing"].rerun_url == f"/admin/beatwright/run/{failed.pk}/rerun/"
    assert rows["slow"].url == "/admin/beatwright/queues/"
    boss.post(rows["billing"].pause_url, {"reason": "db move", "next": INDEX})
    job.refresh_from_db()
    assert (job.enabled, job.paused_reason) == (False, "db move")


def test_a_viewer_sees_everything_and_no_button(viewer: Client) -> None:
    now = timezone.now()
    job = make_job()
    make_run(job, state=RunState.RUNNING, started_at=now, attempt=1)
    Alert.objects.create(
        kind=AlertKind.LATE, subject=str(job.pk), job=job, opened_at=now, seen_at=now
    )
    content = viewer.get(INDEX).content.decode().partition('id="content"')[2]
    assert job.name in content
    assert "formaction" not in content
    assert "Pause" not in content


def test_staff_without_a_permission_see_workers_alone() -> None:
    client = Client()
    client.force_login(User.objects.create_user("new", is_staff=True))
    make_run(make_job(name="secret-job"), state=RunState.FAILED)
    assert set(panels(client)) == {"workers"}
    assert "secret-job" not in client.get(INDEX).content.decode()


def test_whom_tags_limit_sees_numbers_and_rows_of_those_jobs_alone() -> None:
    user = User.objects.create_user("mail-team", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    Restriction.objects.create(user=user, tags=["mail"])
    client = Client()
    client.force_login(user)
    now = timezone.now()
    for job in (make_job(name="digest", tags=["mail"]), make_job(name="secret", tags=["billing"])):
        make_run(job)
        make_run(job, state=RunState.RUNNING, started_at=now, attempt=1)
        ended(job, RunState.FAILED)
        Alert.objects.create(
            kind=AlertKind.LATE, subject=str(job.pk), job=job, opened_at=now, seen_at=now
        )
    RollUps().run_once(now=now)
    found = panels(client)
    assert {
        found[f"tile_{name}"].data.number for name in ("running", "queued", "failing", "dead")
    } == {"1"}
    assert "throughput" not in found
    for address in (INDEX, "/admin/beatwright/dead/", "/admin/search/?q=e"):
        html = client.get(address).content.decode()
        assert "digest" in html
        assert "secret" not in html


def test_who_sees_jobs_and_no_runs_sees_what_is_next(boss: Client) -> None:
    user = User.objects.create_user("planner", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client = Client()
    client.force_login(user)
    make_job(name="nightly")  # every five minutes
    assert [row.job for row in panels(client)["next"].data.rows] == ["nightly"]
    assert set(panels(client)) == {"next", "workers"}


@pytest.mark.parametrize(
    ("progress", "p50_ms", "share", "says"),
    [
        ({"current": 41, "total": 50, "message": "page 41/50"}, None, 82, "page 41/50"),
        ({"current": 500, "total": 50}, None, 100, ""),
        ({"current": 1, "total": 0}, 120_000, 50, ""),
        ({"current": 5, "total": "x", "message": None}, None, None, ""),
        ({"current": 5, "total": -1}, None, None, ""),
        ("half", 30_000, None, ""),  # past what is usual nobody knows
        (None, None, None, ""),
    ],
)
def test_a_running_row_says_how_far_it_is(
    boss: Client, progress: Any, p50_ms: int | None, share: int | None, says: str
) -> None:
    job = make_job()
    JobHealth.objects.filter(job=job).update(p50_ms=p50_ms)
    started = timezone.now() - timedelta(seconds=60)
    make_run(job, state=RunState.RUNNING, started_at=started, attempt=1, progress=progress)
    (row,) = panels(boss)["running"].data
    assert (row.progress.share, row.progress.says) == (share, says)


def test_a_running_run_can_be_cancelled_from_here(boss: Client, viewer: Client) -> None:
    run = make_run(state=RunState.RUNNING, started_at=timezone.now(), attempt=1)
    (row,) = panels(boss)["running"].data
    assert viewer.post(row.cancel_url).status_code == 403
    assert boss.post(row.cancel_url, {"next": INDEX}).headers["Location"] == INDEX
    run.refresh_from_db()
    assert run.cancel_requested_at is not None
    assert panels(boss)["running"].data[0].cancel_url == ""


def test_a_run_that_is_over_is_not_cancelled_and_the_page_says_so(boss: Client) -> None:
    run = ended(make_job(), RunState.SUCCEEDED)
    page = boss.post(f"/admin/beatwright/run/{run.pk}/cancel/", follow=True)
    assert "cannot be cancelled" in page.content.decode()


@pytest.mark.parametrize(
    ("window", "steps"), [("1h", 60), ("24h", 96), ("7d", 168), ("nonsense", 96)]
)
def test_throughput_is_a_picture_and_a_table_with_the_same_numbers(
    boss: Client, window: str, steps: int
) -> None:
    job = make_job()
    ended(job, RunState.SUCCEEDED)
    ended(job, RunState.SUCCEEDED)
    ended(job, RunState.FAILED)
    RollUps().run_once(now=timezone.now())
    chart = panels(boss, f"{INDEX}?window={window}")["throughput"].data
    assert len(chart.steps) == steps
    assert chart.sums == [("ok", "2"), ("failed", "1"), ("skipped", "0")]
    assert sum(row.ok + row.failed for row in chart.rows) == 3
    for row in chart.rows:
        assert [block.kind for block in row.blocks] == [
            k for k in ("ok", "failed") if getattr(row, k)
        ]
        assert all(block.y >= 0 and block.y + block.height <= 100 for block in row.blocks)


def test_a_paused_queue_is_shown_with_who_and_why_even_when_nothing_waits(boss: Client) -> None:
    Queue.objects.create(
        name="mail", paused_at=timezone.now(), paused_by="ana", paused_reason="db move"
    )
    assert [(row.name, row.pause) for row in panels(boss)["queues"].data] == [
        ("mail", "by ana: “db move”")
    ]


def test_a_panel_that_cannot_be_read_fails_alone_and_is_asked_for_again(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(state: str, limit: int, actor: Actor) -> list[Alert]:
        raise OperationalError("canceling statement due to statement timeout")

    make_run()
    monkeypatch.setattr("jobs.admin.alert.rows.alert_groups", too_slow)
    html = boss.get(INDEX).content.decode()
    assert html.count('data-testid="panel-error"') == 1
    assert "took too long" in html
    assert "Retry" in html
    answer = boss.get("/admin/_f/dashboard/")
    assert answer.status_code == 200
    assert "ETag" not in answer.headers


def test_queries_that_take_too_long_are_ended_where_the_database_can(boss: Client) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no such bound")
    with (
        at_most(0.05),
        connection.cursor() as cursor,
        pytest.raises(OperationalError, match="timeout"),
    ):
        cursor.execute("SELECT pg_sleep(2)")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    assert READ_WITHIN_SECONDS < 5


def done_steps(client: Client) -> list[str]:
    return [step.kind for step in panels(client)["steps"].data if step.is_done]


def test_a_new_installation_is_shown_three_steps_that_are_ticked_one_by_one(boss: Client) -> None:
    html = boss.get(INDEX).content.decode()
    assert "Three steps to the first run" in html
    assert 'data-copy="bin/up"' in html
    assert done_steps(boss) == []
    make_worker()
    assert done_steps(boss) == ["worker"]
    job = make_job()
    assert done_steps(boss) == ["worker", "jobs"]
    make_run(job)
    assert panels(boss)["steps"].data == []
    assert "Three steps" not in boss.get(INDEX).content.decode()
