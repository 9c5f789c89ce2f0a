"""The top of every page: scheduler, workers, banner, the zone of times, search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.admin.look.header import CACHE_KEY, Header
from jobs.models import Queue
from jobs.queries.site import condition
from tests.support.builders import make_job, make_leader, make_run, make_worker

RUNS = "/admin/beatwright/run/"


def header(client: Client) -> Header:
    cache.delete(CACHE_KEY)
    shown: Header = client.get(RUNS).context["header"]
    return shown


@pytest.mark.parametrize(
    ("seconds", "word", "tone"),
    [(5, "scheduler ok", "good"), (-300, "scheduler silent", "bad"), (None, "no scheduler", "bad")],
)
def test_the_header_says_whether_a_scheduler_is_alive(
    boss: Client, seconds: int | None, word: str, tone: str
) -> None:
    if seconds is not None:
        make_leader(expires_at=timezone.now() + timedelta(seconds=seconds))
    chip = header(boss).scheduler
    assert (chip.word, chip.tone) == (word, tone)


def test_the_header_counts_the_workers_that_live_and_those_that_fell_silent(boss: Client) -> None:
    now = timezone.now()
    make_worker(busy=3)
    make_worker(heartbeat_at=now - timedelta(minutes=5))
    make_worker(heartbeat_at=now - timedelta(minutes=5), stopped_at=now)
    chip = header(boss).workers
    assert (chip.number, chip.word, chip.note, chip.title) == (
        "1",
        "worker",
        "1 stale",
        "3 of 4 slots are busy",
    )


def test_all_is_well_and_there_is_no_banner(boss: Client) -> None:
    make_leader()
    make_worker()
    make_run()
    assert header(boss).warnings == ()


@pytest.mark.parametrize(("silent_for", "warned"), [(20, False), (40, True)])
def test_a_scheduler_silent_for_more_than_thirty_seconds_is_in_the_banner(
    boss: Client, silent_for: int, warned: bool
) -> None:
    make_leader(expires_at=timezone.now() - timedelta(seconds=silent_for))
    assert any("No scheduler has been active" in text for text in header(boss).warnings) == warned
    assert ("nothing is planned or sent" in boss.get(RUNS).content.decode()) == warned


def test_an_installation_without_jobs_does_not_miss_its_scheduler(boss: Client) -> None:
    assert header(boss).warnings == ()
    make_job()
    assert "No scheduler has ever run here" in header(boss).warnings[0]


def test_a_queue_that_nobody_serves_and_one_paused_for_long_are_in_the_banner(boss: Client) -> None:
    now = timezone.now()
    make_leader()
    make_run(queue="reports", scheduled_for=now - timedelta(minutes=1))
    Queue.objects.create(
        name="mail", paused_at=now - timedelta(hours=2), paused_by="ana", paused_reason="db move"
    )
    Queue.objects.create(name="lunch", paused_at=now - timedelta(minutes=30))
    assert header(boss).warnings == (
        "Runs are waiting in the queue reports, but no worker consumes it.",
        "The queue mail has been paused by ana (“db move”) for more than an hour.",
    )


def test_slots_that_are_taken_while_nothing_runs_are_in_the_banner(boss: Client) -> None:
    make_leader()
    make_worker(name="w1@here", busy=3, stuck=2)
    make_worker(name="w2@here", busy=4)
    [warning] = header(boss).warnings
    assert warning.startswith("Slots taken by hung processes on w1@here: 2.")


@pytest.mark.parametrize(("seconds", "warned"), [(1, False), (-1, False), (30, True), (-30, True)])
def test_clocks_that_differ_are_in_the_banner(
    boss: Client, monkeypatch: pytest.MonkeyPatch, seconds: int, warned: bool
) -> None:
    make_leader()
    monkeypatch.setattr(
        condition, "database_now", lambda: datetime.now(UTC) + timedelta(seconds=seconds)
    )
    assert any("differ by" in text for text in header(boss).warnings) == warned


def test_the_header_is_read_once_for_all(
    boss: Client, viewer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    header(boss)
    with django_assert_num_queries(2):  # session, user
        viewer.get("/admin/_f/header/")


@pytest.mark.parametrize(
    ("choice", "text"),
    [("job", "05:30 EEST"), ("mine", "11:30 JST"), ("utc", "02:30 UTC")],
)
def test_times_are_shown_in_the_chosen_zone_until_another_is_chosen(
    boss: Client, choice: str, text: str
) -> None:
    make_run(
        make_job(timezone="Europe/Helsinki"), scheduled_for=datetime(2026, 7, 1, 2, 30, tzinfo=UTC)
    )
    boss.cookies["zone"] = "Asia%2FTokyo"
    answer = boss.post("/admin/times/", {"times": choice, "next": RUNS})
    assert answer.headers["Location"] == RUNS
    html = boss.get(RUNS).content.decode()
    assert text in html
    assert 'datetime="2026-07-01T02:30:00Z"' in html
    assert f'value="{choice}" aria-pressed="true"' in html


@pytest.mark.parametrize("zone", ["Mars%2FOlympus", "%00", "../../etc/passwd", "x" * 500])
def test_a_zone_that_nobody_knows_is_utc(boss: Client, zone: str) -> None:
    make_run(scheduled_for=datetime(2026, 7, 1, 2, 30, tzinfo=UTC))
    boss.cookies["zone"] = zone
    boss.post("/admin/times/", {"times": "mine"})
    assert "02:30 UTC" in boss.get(RUNS).content.decode()


def test_a_wrong_choice_changes_nothing_and_leads_nowhere_else(boss: Client) -> None:
    answer = boss.post("/admin/times/", {"times": "martian", "next": "https://other.invalid/"})
    assert answer.headers["Location"] == "/admin/"
    assert boss.get(RUNS).context["times"] == "job"
    assert boss.get("/admin/times/").status_code == 405


def found(client: Client, text: str) -> list[tuple[str, str]]:
    results = client.get(
        "/admin/search/", {"q": text}, headers={"accept": "application/json"}
    ).json()["results"]
    return [(row["kind"], row["title"]) for row in results]


def test_a_job_is_found_by_the_middle_of_its_name_or_task(boss: Client) -> None:
    make_job(name="nightly-sync-eu", task="HttpRequest")
    make_job(name="other", task="LogTask")
    assert found(boss, "SYNC") == [("job", "nightly-sync-eu")]
    assert found(boss, "eu httpreq") == [("job", "nightly-sync-eu")]


def test_the_name_that_fits_best_comes_first_then_tags_then_tasks(boss: Client) -> None:
    make_job(name="a-task", task="EchoTask")
    make_job(name="b-tag", task="LogTask", tags=["echo"])
    make_job(name="c-echo", task="LogTask")
    make_job(name="echo-d", task="LogTask")
    make_job(name="echo", task="LogTask")
    names = [title for _, title in found(boss, "Echo")]
    assert names == ["echo", "echo-d", "c-echo", "b-tag", "a-task"]


def test_a_verb_before_a_name_leads_to_the_question_it_asks(boss: Client, viewer: Client) -> None:
    job = make_job(name="nightly")
    assert found(boss, "pause night") == [("action", "Pause nightly")]
    answer = boss.get("/admin/search/", {"q": "pause night"})
    assert answer.headers["Location"] == f"/admin/beatwright/job/{job.pk}/pause/"
    assert boss.get(answer.headers["Location"]).status_code == 200
    assert found(viewer, "pause night") == []


def test_a_page_with_one_hit_leads_there(boss: Client) -> None:
    job = make_job(name="nightly")
    answer = boss.get("/admin/search/", {"q": "nightly"})
    assert answer.headers["Location"] == f"/admin/beatwright/job/{job.pk}/"


def test_a_run_is_found_by_its_id_and_by_the_first_digits_of_it(boss: Client) -> None:
    run = make_run(id=UUID("0198aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"))
    make_run(id=UUID("0198aaab-bbbb-7ccc-8ddd-eeeeeeeeeeee"))
    assert found(boss, str(run.pk)) == [("run", f"Run {run.pk}")]
    assert found(boss, "0198aaaa") == [("run", f"Run {run.pk}")]


def test_pages_are_found_and_only_those_one_may_see(boss: Client, viewer: Client) -> None:
    assert ("page", "Users") in found(boss, "users")
    nobody = Client()
    nobody.force_login(User.objects.create_user("nobody", is_staff=True))
    make_job(name="users-export")
    assert found(nobody, "users") == []


def test_search_answers_twenty_rows_at_most_in_two_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_job(name=f"sync-{number:02}")
    with django_assert_num_queries(3):  # session, user, jobs
        assert len(found(boss, "sync")) == 12


@pytest.mark.parametrize("text", ["", "%", "'; --", "\0", "0" * 300, "  "])
def test_search_takes_any_text_as_a_page_and_as_json(boss: Client, text: str) -> None:
    make_job()
    assert boss.get("/admin/search/", {"q": text}).status_code == 200
    assert found(boss, text) == []


def test_rows_are_as_close_together_as_their_viewer_chose(boss: Client) -> None:
    assert "c-compact" not in boss.get(RUNS).content.decode()
    answer = boss.post("/admin/density/", {"density": "compact", "next": RUNS})
    assert answer.headers["Location"] == RUNS
    assert "c-compact" in boss.get(RUNS).content.decode()
    boss.post("/admin/density/", {"density": "dense"})
    assert boss.get(RUNS).context["density"] == "compact"
    boss.post("/admin/density/", {"density": "comfortable"})
    assert "c-compact" not in boss.get(RUNS).content.decode()
