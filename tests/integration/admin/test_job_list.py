"""The list of jobs."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.admin.look import paging
from jobs.models import Health, JobHealth, JobState, RecentRun, RunState
from jobs.queries.jobs import listing
from tests.support.builders import make_job, make_run

LIST = "/admin/beatwright/job/"
# Session, user; queues, owners, views; which jobs match; the page of jobs; their newest runs.
QUERIES = 8


def names(client: Client, query: str = "") -> list[str]:
    return [row.name for row in client.get(LIST + query).context["rows"]]


def row_of(client: Client, name: str) -> Any:
    return next(row for row in client.get(f"{LIST}?q={name}").context["rows"] if row.name == name)


def test_a_page_of_fifty_jobs_costs_as_many_queries_as_one_of_one(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_run(make_job())
    with django_assert_num_queries(QUERIES):
        boss.get(LIST)
    for _ in range(49):
        job = make_job()
        make_run(job)
        make_run(job)
    with django_assert_num_queries(QUERIES):
        assert len(boss.get(LIST).context["rows"]) == 50


def test_the_schedule_is_a_sentence_with_the_raw_text_beside_it(boss: Client) -> None:
    make_job(name="nightly", schedule="30 2 * * *", timezone="Europe/Berlin")
    html = boss.get(LIST).content.decode()
    assert "At 02:30" in html
    assert "Europe/Berlin" in html
    assert 'title="30 2 * * *"' in html


def test_the_next_run_is_shown_in_the_jobs_zone_and_in_utc(boss: Client) -> None:
    job = make_job(name="nightly", schedule="30 2 * * *", timezone="Asia/Tokyo")
    JobState.objects.filter(job=job).update(next_run_at=datetime(2030, 1, 15, 17, 30, tzinfo=UTC))
    row = row_of(boss, "nightly")
    assert row.next.text == "Wed 16 Jan 2030 02:30 JST"
    assert row.next.utc == "Tue 15 Jan 17:30 UTC"


def test_the_newest_run_is_the_last_outcome(boss: Client) -> None:
    job = make_job(name="nightly")
    make_run(job, state=RunState.FAILED, finished_at=timezone.now() - timedelta(hours=1))
    newest = make_run(
        job,
        state=RunState.SUCCEEDED,
        finished_at=timezone.now() - timedelta(minutes=12, seconds=30),
    )
    last = row_of(boss, "nightly").last
    assert last.badge.word == "succeeded"
    assert last.when.relative == "12 min ago"
    assert str(newest.pk) in last.url


def test_a_paused_job_says_who_paused_it_and_why(boss: Client) -> None:
    make_job(name="resting", enabled=False, paused_by="ana", paused_reason="db move")
    row = row_of(boss, "resting")
    assert [badge.word for badge in row.badges] == ["paused"]
    assert row.note == "paused by ana: “db move”"


def test_a_broken_job_shows_what_is_wrong_and_the_others_stay(boss: Client) -> None:
    make_job(name="broken", schedule="0 25 * * *")
    make_job(name="sound")
    row = row_of(boss, "broken")
    assert [badge.word for badge in row.badges] == ["broken"]
    assert "25" in row.note
    assert names(boss) == ["broken", "sound"]


@pytest.mark.parametrize("search", ["ing-sy", "echotask", "#fin", "fin", "bill sync"])
def test_a_job_is_found_by_any_part_of_name_task_or_tag(boss: Client, search: str) -> None:
    make_job(name="billing-sync", tags=["fin"])
    make_job(name="nightly", task="LogTask", tags=["ops"])
    assert names(boss, f"?q={search.replace('#', '%23')}") == ["billing-sync"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=active", ["on"]),
        ("status=paused", ["paused"]),
        ("status=broken", ["broken"]),
        ("status=archived", ["gone"]),
        ("queue=reports", ["paused"]),
        ("task=LogTask", ["on"]),
        ("owner=boss", ["paused"]),
        ("tag=fin", ["on"]),
        ("tag=fi", []),
        ("health=paused", ["paused"]),
        ("health=unregistered", ["broken"]),
    ],
)
def test_the_list_can_be_narrowed(boss: Client, query: str, expected: list[str]) -> None:
    make_job(name="on", task="LogTask", tags=["fin", "ünï"])
    make_job(name="paused", enabled=False, queue="reports", owner="boss")
    make_job(name="broken", schedule="0 25 * * *", task="vanished.task")
    make_job(name="gone", enabled=False, archived_at=timezone.now())
    assert names(boss, f"?order=name&{query}") == expected


@pytest.mark.parametrize("order", ["problems", "name", "next"])
@pytest.mark.parametrize("cap", [4, 1_000])
def test_pages_follow_each_other_without_gap_or_repeat(
    boss: Client, order: str, cap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    monkeypatch.setattr("jobs.queries.paging.CAP", cap)
    for number in range(8):
        # All due at the same moment: the id decides.
        make_job(name=f"job-{number}", schedule="0 * * * *")
    first = boss.get(f"{LIST}?order={order}").context
    second = boss.get(LIST + first["pager"].next).context
    third = boss.get(LIST + second["pager"].next).context
    seen = [row.name for page in (first, second, third) for row in page["rows"]]
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 8
    assert third["pager"].next == ""
    back = boss.get(LIST + third["pager"].previous).context
    assert [row.name for row in back["rows"]] == [row.name for row in second["rows"]]


@pytest.mark.parametrize(
    "cursor", ["nonsense", "W10", "WzEsMl0", "%00", "=" * 40, "WyJhIiwibm8tdXVpZCJd"]
)
def test_a_cursor_that_is_none_is_the_first_page(boss: Client, cursor: str) -> None:
    make_job(name="only")
    for order in ("problems", "name", "next"):
        assert names(boss, f"?order={order}&after={cursor}") == ["only"]


def test_a_cursor_beyond_every_number_is_the_end_of_the_list(boss: Client) -> None:
    make_job(name="only")
    assert names(boss, f"?after={paging.encode([10**30, 'x', uuid.uuid4()])}") == []
    assert names(boss, f"?before={paging.encode([10**30, 'x', uuid.uuid4()])}") == ["only"]


def test_an_empty_list_says_what_would_fill_it(boss: Client) -> None:
    assert "Create the first job" in boss.get(LIST).content.decode()
    make_job()
    html = boss.get(f"{LIST}?q=nothing-like-that").content.decode()
    assert "No job matches “nothing-like-that”" in html
    assert "Did you mean" not in html


def test_a_near_miss_is_guessed(boss: Client) -> None:
    for name in ("billing-sync", "billing-report", "nightly"):
        make_job(name=name)
    context = boss.get(f"{LIST}?q=biling-sync").context
    assert context["rows"] == []
    assert context["near"][0] == "billing-sync"


def test_problems_come_first(boss: Client) -> None:
    for name in ("a-fine", "b-failing", "c-late", "d-never"):
        make_job(name=name)
    health = JobHealth.objects
    health.filter(job_name="a-fine").update(last_success_at=timezone.now())
    health.filter(job_name="b-failing").update(consecutive_failures=2)
    health.filter(job_name="c-late").update(trouble=Health.LATE)
    assert names(boss) == ["b-failing", "c-late", "a-fine", "d-never"]
    assert names(boss, "?health=failing") == ["b-failing"]
    assert [badge.word for badge in row_of(boss, "c-late").badges] == ["late"]


def test_the_strip_shows_each_run_that_is_over_and_links_to_it(boss: Client) -> None:
    now = timezone.now()
    job = make_job(name="nightly")
    runs = [
        RecentRun(now - timedelta(minutes=9 - n), make_run(job).pk, state, duration)
        for n, (state, duration) in enumerate(
            [(RunState.SUCCEEDED, 41_000), (RunState.FAILED, 2_000), (RunState.SKIPPED, None)]
        )
    ]
    packed = [run.packed() for run in runs]
    JobHealth.objects.filter(job=job).update(recent=packed, p50_ms=41_000, p95_ms=70_000)
    row = row_of(boss, "nightly")
    assert [bar.title for bar in row.strip.bars] == [
        "succeeded, 41 s, 9 min ago", "failed, 2 s, 8 min ago", "skipped, never started, 7 min ago",
    ]  # fmt: skip
    assert str(runs[1].run_id) in row.strip.bars[1].url
    assert len({bar.path for bar in row.strip.bars}) == 3
    assert (row.strip.rate, row.usual) == ("50 %", "41 s / 1 min 10 s")
    assert row.strip.title == "Last 3 runs: 1 succeeded, 1 failed, 1 skipped"


def test_what_narrows_the_list_is_shown_as_chips_that_take_it_away(boss: Client) -> None:
    context = boss.get(f"{LIST}?q=sync&status=paused&queue=reports&after=xyz").context
    assert [chip.label for chip in context["chips"]] == [
        "“sync”",
        "status: paused",
        "queue: reports",
    ]
    assert context["chips"][1].url == "?q=sync&queue=reports"


def test_saved_views_are_links(boss: Client) -> None:
    make_job(name="mine", owner="boss")
    make_job(name="theirs", owner="ana")
    views = {view.label: view for view in boss.get(LIST).context["views"]}
    assert views["All"].is_here
    assert names(boss, views["Mine"].url) == ["mine"]
    assert boss.get(LIST + views["Mine"].url).context["views"][4].is_here


def test_11_a_filter_with_more_than_a_thousand_hits_says_so_without_counting(
    boss: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr("jobs.queries.paging.CAP", 3)
    monkeypatch.setattr(listing, "PAGE", 2)
    for _ in range(5):
        make_job()
    with django_assert_num_queries(QUERIES):
        assert boss.get(f"{LIST}?q=job").context["count"] == "3+"


def test_a_viewer_is_offered_nothing_that_changes(viewer: Client) -> None:
    make_job(name="nightly")
    html = viewer.get(LIST).content.decode()
    assert "nightly" in html
    assert "Run nightly now" not in html
    assert "New job" not in html


def test_a_name_is_text_and_never_markup(boss: Client) -> None:
    make_job(name="<script>alert(1)</script>", tags=["<b>"])
    html = boss.get(LIST).content.decode()
    assert "<script>alert" not in html
    assert "<b>" not in html
