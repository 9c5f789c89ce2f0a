"""Buttons of the console that acknowledge, shut down and delete: who sees them, and what they
do.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from jobs.access.roles import Role
from jobs.models import Alert, Run, Worker
from tests.support.builders import (
    make_alert,
    make_attempt,
    make_job,
    make_log,
    make_run,
    make_worker,
)
from tests.support.people import browser_of, make_user


def press(browser: Client, name: str, *args: object, **written: str) -> int:
    return browser.post(reverse(f"admin:{name}", args=args), written).status_code


def test_an_operator_acknowledges_a_matter_for_some_hours_and_it_leaves_the_dashboard() -> None:
    alert, ana = make_alert(make_job(name="sore")), browser_of(make_user(Role.OPERATOR, "ana"))
    assert "Acknowledge sore" in ana.get("/admin/").content.decode()
    assert press(ana, "alert_acknowledge", alert.pk, reason="I look", hours="4") == 302
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_reason) == ("ana", "I look")
    assert alert.snoozed_until
    assert "Acknowledge sore" not in ana.get("/admin/").content.decode()


def test_an_admin_shuts_a_worker_down_and_it_is_shown_as_stopping() -> None:
    make_worker(name="w1@here")
    boss = browser_of(make_user(Role.ADMIN))
    assert "Shut down w1@here" in boss.get("/admin/beatwright/workers/").content.decode()
    assert press(boss, "worker_shutdown", "w1@here", sure="1") == 302
    page = boss.get("/admin/beatwright/workers/").content.decode()
    assert ("stopping" in page, "Shut down w1@here" in page) == (True, False)
    assert Worker.objects.get().stop_requested_by == "admin"


def test_an_admin_deletes_a_run_with_its_log_and_attempts() -> None:
    run = make_run(state="succeeded", attempt=1, publish_count=1, rolled_up=True)
    make_log(run, "hush\n")
    attempt = make_attempt(run)
    boss = browser_of(make_user(Role.ADMIN))
    assert (
        f"/admin/beatwright/run/{run.pk}/delete/"
        in boss.get(f"/admin/beatwright/run/{run.pk}/").content.decode()
    )
    assert press(boss, "beatwright_run_delete", run.pk, reason="a secret", sure="1") == 302
    assert not Run.objects.exists()
    assert not type(attempt)._default_manager.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.EDITOR])
def test_others_see_no_such_button_and_are_refused(role: Role) -> None:
    run, worker, alert = make_run(state="succeeded", rolled_up=True), make_worker(), make_alert()
    browser = browser_of(make_user(role))
    assert "Shut down" not in browser.get("/admin/beatwright/workers/").content.decode()
    assert "Delete this run" not in browser.get(f"/admin/beatwright/run/{run.pk}/").content.decode()
    assert press(browser, "worker_shutdown", worker.name) == 403
    assert press(browser, "beatwright_run_delete", run.pk) == 403
    assert press(browser, "alert_acknowledge", alert.pk) == (403 if role is Role.VIEWER else 302)
    assert (Run.objects.filter(pk=run.pk).exists(), Worker.objects.get().stop_requested_at) == (
        True,
        None,
    )
    assert Alert.objects.filter(acknowledged_at=None).exists() is (role is Role.VIEWER)
