"""The pages about queues, workers and dead letters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.actor import SYSTEM
from jobs.maintenance.bulk import BulkOperations
from jobs.models import BulkOperation, Queue, Run, RunState
from jobs.queries.dead_letters import DeadLetterFilter, dead_letters_page
from tests.support.builders import make_job, make_run, make_worker
from tests.support.redis import RedisServer

QUEUES, WORKERS, DEAD = (
    "/admin/beatwright/queues/",
    "/admin/beatwright/workers/",
    "/admin/beatwright/dead/",
)
FINGERPRINT = "ab" * 20


def dead(**fields: Any) -> Run:
    defaults: dict[str, Any] = {
        "state": RunState.FAILED,
        "finished_at": timezone.now(),
        "fingerprint": FINGERPRINT,
        "error": "boom",
    }
    return make_run(**(defaults | fields))


def still_dead() -> list[Run]:
    return dead_letters_page(DeadLetterFilter(), limit=10, actor=SYSTEM)


def test_queues_show_what_waits_who_serves_and_who_paused(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_worker("mail")
    make_run(queue="mail")
    make_run(queue="slow")
    Queue.objects.create(
        name="mail", paused_at=timezone.now(), paused_by="ana", paused_reason="db move"
    )
    with django_assert_num_queries(
        6
    ):  # session, user; what waits, what is decided, who works, what jobs name
        rows = {row.name: row for row in boss.get(QUEUES).context["rows"]}
    assert list(rows) == ["default", "mail", "slow"]
    assert (rows["mail"].depth, rows["mail"].consumers, rows["mail"].pause) == (
        1,
        1,
        "by ana: “db move”",
    )
    assert (rows["slow"].is_unserved, rows["default"].is_unserved) == (True, False)


def test_a_queue_is_paused_with_a_reason_and_resumed(boss: Client) -> None:
    make_job(queue="mail")
    boss.post(f"{QUEUES}mail/pause/", {"reason": "db move", "hours": "1"})
    queue = Queue.objects.get(name="mail")
    assert (queue.paused_by, queue.paused_reason) == ("boss", "db move")
    assert queue.paused_until is not None
    boss.post(f"{QUEUES}mail/resume/")
    queue.refresh_from_db()
    assert queue.paused_at is None


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_queue_that_nothing_uses_is_refused_by_name(boss: Client, verb: str) -> None:
    page = boss.post(f"{QUEUES}nowhere/{verb}/", {"reason": "x"}, follow=True)
    assert "nowhere" in page.content.decode()
    assert not Queue.objects.exists()
    assert boss.get(f"{QUEUES}nowhere/{verb}/").status_code == 405


def test_a_viewer_pauses_and_resolves_nothing(viewer: Client) -> None:
    run = dead()
    make_job(queue="mail")
    for address in (
        f"{QUEUES}mail/pause/",
        f"{QUEUES}mail/resume/",
        f"{DEAD}requeue/",
        f"{DEAD}discard/",
    ):
        assert viewer.post(address, {"reason": "x", "sure": "1"}).status_code == 403
    run.refresh_from_db()
    assert run.is_dead_letter
    for address in (QUEUES, DEAD, f"{DEAD}group/{FINGERPRINT}/"):
        assert "Pause…" not in (
            html := viewer.get(address).content.decode().partition('id="content"')[2]
        )
        assert "Requeue" not in html


def test_workers_show_the_silent_ones_first(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_worker("mail", name="a@up", busy=2)
    make_worker(name="z@silent", heartbeat_at=timezone.now() - timedelta(minutes=5))
    make_worker(name="b@gone", stopped_at=timezone.now())
    with django_assert_num_queries(3):  # session, user, workers
        rows = boss.get(WORKERS).context["rows"]
    assert [(row.name, row.badge.word) for row in rows] == [("z@silent", "silent"), ("a@up", "up")]
    assert rows[1].flower_url == "/flower/worker/a%40up"


def test_the_page_of_the_workers_is_sent_again_after_a_heartbeat(boss: Client) -> None:
    worker = make_worker()
    tag = boss.get(f"{WORKERS}_f/rows/").headers["ETag"]
    assert boss.get(f"{WORKERS}_f/rows/", headers={"if-none-match": tag}).status_code == 304
    worker.heartbeat_at += timedelta(seconds=10)
    worker.save()
    assert boss.get(f"{WORKERS}_f/rows/", headers={"if-none-match": tag}).status_code == 200


def test_no_worker_means_the_command_that_starts_one(boss: Client) -> None:
    assert "celery -A scheduler_site worker" in boss.get(WORKERS).content.decode()


def test_dead_letters_are_shown_by_error_and_then_one_by_one(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(name="billing")
    dead(job=job)
    dead(job=job)
    dead(fingerprint="", error="")
    with django_assert_num_queries(4):  # session, user, dead letters, names
        groups = boss.get(DEAD).context["groups"]
    assert sorted((row.error, row.count) for row in groups) == [("boom", "2"), ("no message", "1")]
    for row in groups:
        assert len(boss.get(row.url).context["rows"]) == int(row.count)
    assert boss.get(f"{DEAD}group/xyz/").status_code == 404


def test_a_dry_run_comes_first_and_changes_nothing(boss: Client, broker: RedisServer) -> None:
    job = make_job(name="billing")
    runs = [dead(job=job), dead(job=job), dead(job=make_job(archived_at=timezone.now()))]
    page = boss.post(f"{DEAD}requeue/", {"group": FINGERPRINT, "rate": "5"})
    assert (page.context["eligible"], page.context["left"]) == (2, 1)
    assert "its job is archived" in page.content.decode()
    assert len(still_dead()) == 3
    answer = boss.post(f"{DEAD}requeue/", {"group": FINGERPRINT, "rate": "5", "sure": "1"})
    operation, now = BulkOperation.objects.get(), timezone.now()
    assert answer["Location"] == f"/admin/beatwright/bulk/{operation.pk}/"
    for seconds in (0, 0.2, 0.4):
        BulkOperations().run_once(now=now + timedelta(seconds=seconds))
    operation.refresh_from_db()
    assert operation.counts() == {"done": 2, "failed": 1, "skipped": 0}
    assert len(Run.objects.filter(parent__in=runs)) == 2


def test_only_the_ticked_ones_are_taken(boss: Client, broker: RedisServer) -> None:
    job = make_job()
    ticked, other = dead(job=job), dead(job=job)
    boss.post(
        f"{DEAD}requeue/",
        {"group": FINGERPRINT, "scope": "ticked", "run": str(ticked.pk), "sure": "1"},
    )
    ticked.refresh_from_db()
    other.refresh_from_db()
    assert (ticked.is_dead_letter, other.is_dead_letter) == (False, True)
    page = boss.post(
        f"{DEAD}discard/", {"group": FINGERPRINT, "run": str(other.pk)}
    ).content.decode()
    assert "Discard 1 dead letter?" in page
    assert "all in this group" not in page
    boss.post(
        f"{DEAD}discard/",
        {"group": FINGERPRINT, "run": str(other.pk), "reason": "known", "sure": "1"},
    )
    other.refresh_from_db()
    assert other.resolution == "discarded: known"
    assert not BulkOperation.objects.exists()


def test_none_ticked_means_none(boss: Client) -> None:
    dead()
    assert (
        boss.post(f"{DEAD}requeue/", {"group": FINGERPRINT, "scope": "ticked"}).context["eligible"]
        == 0
    )


def test_discarding_needs_a_reason(boss: Client) -> None:
    run = dead()
    page = boss.post(
        f"{DEAD}discard/", {"group": FINGERPRINT, "until": str(run.pk), "reason": " ", "sure": "1"}
    )
    assert "a reason of 1 to 450 storable characters is required" in page.content.decode()
    run.refresh_from_db()
    assert run.is_dead_letter
    boss.post(f"{DEAD}discard/", {"group": FINGERPRINT, "reason": "a known outage", "sure": "1"})
    BulkOperations().run_once(now=timezone.now())
    run.refresh_from_db()
    assert run.resolution == "discarded: a known outage"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "x"},
        {"rate": "nan"},
        {"rate": "-1"},
        {"group": "xyz"},
        {"scope": "ticked", "run": "xyz"},
    ],
)
def test_what_cannot_be_read_is_refused_and_changes_nothing(
    boss: Client, wrong: dict[str, str]
) -> None:
    dead()
    answer = boss.post(f"{DEAD}requeue/", {"group": FINGERPRINT, "sure": "1"} | wrong)
    assert answer.headers["Location"] == DEAD
    assert not BulkOperation.objects.exists()
    assert len(still_dead()) == 1
