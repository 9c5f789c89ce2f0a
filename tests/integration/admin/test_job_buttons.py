"""Run now, pause, resume, archive: from the list, from the job's page, for many at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Run, Trigger
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer

BULK = "/admin/beatwright/job/bulk/"


def url(job: Job, verb: str) -> str:
    return f"/admin/beatwright/job/{job.pk}/{verb}/"


def messages_of(client: Client, address: str = "/admin/beatwright/job/") -> str:
    """What the next page says."""
    return " ".join(str(message) for message in client.get(address).context["messages"])


def test_run_now_sends_a_run_and_links_to_it(boss: Client, broker: RedisServer) -> None:
    job = make_job(name="nightly")
    response = boss.post(url(job, "run"), {"next": "/admin/beatwright/job/?q=night"})
    run = Run.objects.get()
    assert response.headers["Location"] == "/admin/beatwright/job/?q=night"
    assert run.trigger == Trigger.MANUAL
    assert run.published_at is not None
    assert f"/admin/beatwright/run/{run.pk}/" in messages_of(boss)


def test_run_now_on_the_jobs_page_lands_on_the_run(boss: Client, broker: RedisServer) -> None:
    response = boss.post(url(make_job(), "follow"))
    assert response.headers["Location"] == f"/admin/beatwright/run/{Run.objects.get().pk}/"


def test_a_job_that_cannot_run_says_why(boss: Client) -> None:
    job = make_job(name="stale", task="vanished.task")
    assert "unknown task" in boss.post(url(job, "run")).content.decode()
    assert "unknown task" in boss.post(url(job, "follow")).content.decode()
    assert not Run.objects.exists()


def test_pause_keeps_who_why_and_until_in_the_jobs_zone(boss: Client) -> None:
    job = make_job(timezone="Asia/Tokyo")
    boss.post(url(job, "pause"), {"reason": "db move", "until": "2099-01-01T09:00"})
    job.refresh_from_db()
    assert (job.enabled, job.paused_by, job.paused_reason) == (False, "boss", "db move")
    assert job.paused_until == datetime(2099, 1, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("until", ["2001-01-01T00:00", "2099-13-40T00:00", "tomorrow"])
def test_a_pause_until_no_future_moment_is_refused(boss: Client, until: str) -> None:
    job = make_job()
    response = boss.post(url(job, "pause"), {"for": "until", "until": until, "reason": "db move"})
    job.refresh_from_db()
    assert job.enabled
    assert response.status_code == 422
    html = response.content.decode()
    assert "the end of the pause" in html.lower()
    assert 'value="db move"' in html


def test_resume_plans_from_now_on(boss: Client) -> None:
    job = make_job(enabled=False, paused_by="ana")
    boss.post(url(job, "resume"))
    job = Job.objects.select_related("state").get()
    assert job.enabled
    assert job.state.next_run_at is not None
    assert job.state.next_run_at > timezone.now()


def test_archive_asks_first(boss: Client) -> None:
    job = make_job(name="nightly")
    make_run(job)
    response = boss.post(url(job, "archive"))
    assert "nightly" in response.content.decode()
    job.refresh_from_db()
    assert job.archived_at is None

    boss.post(BULK, {"verb": "archive", "sure": "1", "job": [str(job.pk)]})
    job.refresh_from_db()
    assert job.archived_at is not None


def test_the_ticked_jobs_are_paused_and_no_other(boss: Client) -> None:
    ticked, other = [make_job(), make_job()], make_job()
    boss.post(
        BULK, {"verb": "pause", "sure": "1", "job": [str(job.pk) for job in ticked] + ["nonsense"]}
    )
    assert set(Job.objects.filter(enabled=False)) == set(ticked)
    assert Job.objects.get(pk=other.pk).enabled


def test_one_refusal_does_not_stop_the_others(boss: Client) -> None:
    gone = make_job(name="a-gone", enabled=False, archived_at=timezone.now())
    paused = make_job(name="b-paused", enabled=False)
    boss.post(BULK, {"verb": "resume", "job": [str(gone.pk), str(paused.pk)]})
    paused.refresh_from_db()
    assert paused.enabled
    assert "a-gone: an archived job" in messages_of(boss)


def test_buttons_act_on_a_post_alone(boss: Client) -> None:
    job = make_job()
    for verb in ("run", "pause", "tag", "queue", "archive"):
        assert boss.get(url(job, verb)).status_code == 200
    for verb in ("resume", "follow"):
        assert boss.get(url(job, verb)).status_code == 405
    assert not Run.objects.exists()
    assert Job.objects.get().enabled
    assert boss.get(BULK).status_code == 405
    assert boss.post(url(job, "explode")).status_code == 404


def test_a_button_needs_the_csrf_token(boss: Client) -> None:
    job = make_job()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = boss.cookies
    assert strict.post(url(job, "pause")).status_code == 403
    assert Job.objects.get().enabled


def test_a_viewer_is_refused_every_button(viewer: Client) -> None:
    job = make_job()
    for verb in ("run", "pause", "resume", "tag", "queue", "archive", "follow", "backfill"):
        assert viewer.post(url(job, verb)).status_code == 403
        assert viewer.get(url(job, verb)).status_code in {403, 405}
    assert viewer.post(BULK, {"verb": "run", "job": [str(job.pk)]}).status_code == 403
    assert not Run.objects.exists()


def test_the_way_back_never_leaves_the_console(boss: Client) -> None:
    response = boss.post(url(make_job(), "pause"), {"next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/admin/beatwright/job/"
