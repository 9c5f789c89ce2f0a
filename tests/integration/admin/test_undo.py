"""Nothing is thrown away by accident: what is asked first, with its number, and what can be taken
back.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.models import AuditEntry, BulkOperation, Job, Run, RunState
from jobs.queries import paging
from jobs.queries.attention.alerts import open_alerts
from tests.support.builders import make_alert, make_job, make_run, make_worker

DEAD = "/admin/beatwright/dead/"
FINGERPRINT, OTHER = "ab" * 20, "cd" * 20


def dead(number: int = 1, *, fingerprint: str = FINGERPRINT) -> list[Run]:
    job, now = make_job(), timezone.now()
    fields: dict[str, Any] = {
        "state": RunState.FAILED,
        "finished_at": now,
        "error": "boom",
        "fingerprint": fingerprint,
    }
    return [make_run(job, **fields) for _ in range(number)]


def press_undo(client: Client) -> str:
    """Press the button of the message that is waiting; returns what the next page says."""
    message = " ".join(str(message) for message in client.get(DEAD).context["messages"])
    token = message.partition('name="token" value="')[2].partition('"')[0]
    client.post("/admin/undo/", {"token": token})
    return " ".join(str(message) for message in client.get(DEAD).context["messages"])


def still_dead() -> int:
    return len(Run.objects.dead_letters())


def sure(page: Any, **data: str) -> dict[str, Any]:
    """What the form of a question sends."""
    fields: dict[str, Any] = {"sure": "1", **data}
    for name, value in page.context["confirm"].fields:
        fields[name] = [*fields.get(name, []), value]
    return fields


def test_discarding_all_says_how_many_of_what_and_takes_no_more_than_these(boss: Client) -> None:
    dead(3)
    dead(2, fingerprint=OTHER)
    page = boss.post(f"{DEAD}discard/", {"group": ""})
    html = page.content.decode()
    assert "Discard all 5 dead letters" in html
    assert "with 2 different errors" in html
    assert still_dead() == 5
    dead(1)  # one that nobody was asked about
    boss.post(f"{DEAD}discard/", sure(page, reason="seen"))
    assert still_dead() == 1
    assert not BulkOperation.objects.exists()


def test_more_than_a_thousand_are_discarded_in_bulk(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "CAP", 2)
    dead(3)
    page = boss.post(f"{DEAD}discard/", {"group": FINGERPRINT})
    boss.post(f"{DEAD}discard/", sure(page, reason="seen"))
    assert BulkOperation.objects.get().filter == {"fingerprint": FINGERPRINT}


def test_a_discard_is_undone_and_both_are_in_the_audit(boss: Client) -> None:
    runs = dead(2)
    page = boss.post(f"{DEAD}discard/", {"group": FINGERPRINT})
    boss.post(f"{DEAD}discard/", sure(page, reason="by mistake"))
    assert still_dead() == 0
    assert "2 dead letters restored" in press_undo(boss)
    assert still_dead() == 2
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["discard", "discard", "undo_discard", "undo_discard"]
    assert AuditEntry.objects.filter(target_id=str(runs[0].pk)).count() == 2


def test_a_discarded_run_can_be_taken_back_from_its_page_and_a_requeued_one_cannot(
    boss: Client,
) -> None:
    (run,) = dead()
    page = f"/admin/beatwright/run/{run.pk}/"
    assert "Undo discard" not in boss.get(page).content.decode()
    Run.objects.update(resolved_at=timezone.now(), resolution="discarded: seen")
    assert "Undo discard" in boss.get(page).content.decode()
    boss.post(f"{page}undo-discard/")
    assert still_dead() == 1
    Run.objects.update(resolved_at=timezone.now(), resolution="requeued")
    boss.post(f"{page}undo-discard/")
    assert still_dead() == 0


def test_an_acknowledgement_is_taken_back(boss: Client) -> None:
    alert = make_alert(make_job())
    boss.post(f"/admin/beatwright/alerts/{alert.pk}/acknowledge/", {"reason": "me"})
    assert open_alerts(actor=SYSTEM) == []
    assert "the alert is listed again" in press_undo(boss)
    assert open_alerts(actor=SYSTEM) == [alert]


@pytest.mark.parametrize("enabled", [True, False])
def test_an_archived_job_comes_back_as_it_was_or_paused_from_its_page(
    boss: Client, enabled: bool
) -> None:
    job = make_job(name="nightly", enabled=enabled)
    make_run(job, state=RunState.SUCCEEDED, finished_at=timezone.now())
    page = f"/admin/beatwright/job/{job.pk}/"
    question = boss.get(f"{page}archive/")
    assert "Archive nightly?" in question.content.decode()
    boss.post(f"{page}archive/", sure(question, reason="moved"))
    assert Job.objects.get().archived_at
    assert AuditEntry.objects.get(verb="archive_job").reason == "moved"
    assert "nightly restored" in press_undo(boss)
    job.refresh_from_db()
    assert (job.archived_at, job.enabled) == (None, enabled)

    boss.post(f"{page}archive/", {"sure": "1"})
    assert "Restore" in boss.get(page).content.decode()
    boss.post(f"{page}unarchive/")
    job.refresh_from_db()
    assert (job.archived_at, job.enabled, job.paused_reason) == (
        None,
        False,
        "brought back from the archive",
    )


def test_a_name_that_is_taken_meanwhile_keeps_a_job_in_the_archive(boss: Client) -> None:
    job = make_job(name="nightly", archived_at=timezone.now(), enabled=False)
    make_job(name="nightly")
    boss.post(f"/admin/beatwright/job/{job.pk}/unarchive/")
    job.refresh_from_db()
    assert job.archived_at


def test_every_deed_that_cannot_be_undone_asks_first_and_says_the_number(boss: Client) -> None:
    run = make_run(state=RunState.SUCCEEDED, rolled_up=True)
    worker = make_worker(busy=3)
    jobs = [make_job(), make_job()]
    ticked = {"verb": "archive", "job": [str(job.pk) for job in jobs]}
    questions = {
        f"/admin/beatwright/run/{run.pk}/delete/": ({}, "Delete 1 run"),
        f"/admin/beatwright/workers/{worker.name}/shutdown/": ({}, "Shut down 1 worker"),
        "/admin/beatwright/job/bulk/": (ticked, "Archive 2 jobs"),
        "/admin/beatwright/job/bulk/?q=job": (ticked | {"all": "1"}, "Archive all 3 jobs"),
    }
    for address, (data, button) in questions.items():
        html = boss.post(address, data).content.decode()
        assert f"</span>{button}</button>" in html, address
    assert Run.objects.filter(pk=run.pk).exists()
    worker.refresh_from_db()
    assert worker.stop_requested_at is None
    assert not Job.objects.exclude(archived_at=None).exists()
