"""Bulk operations in the console: asked for all that match, then a page of their own with
progress.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from jobs.access.roles import Role
from jobs.actions.bulk import begin_bulk
from jobs.maintenance.bulk import BulkOperations
from jobs.models import AuditEntry, BulkOperation, Job
from tests.support.builders import by, make_job
from tests.support.people import browser_of, make_user

LIST = "/admin/beatwright/job/"
BULK = "/admin/beatwright/bulk/"


def press(browser: Client, verb: str, query: str = "", **written: Any) -> Any:
    return browser.post(f"{LIST}bulk/{query}", {"verb": verb, "all": "1"} | written)


def begin(verb: str = "pause", **arguments: Any) -> BulkOperation:
    return begin_bulk(verb, {}, arguments, actor=by("ana"), now=timezone.now())


def test_the_list_offers_all_that_match_where_they_are_more_than_the_page(boss: Client) -> None:
    for _ in range(51):
        make_job(queue="night")
    html = boss.get(f"{LIST}?queue=night").content.decode()
    assert "All 51 matching…" in strip_tags(html)
    assert f'action="{LIST}bulk/?queue=night"' in html
    assert "matching…" not in boss.get(f"{LIST}?q=job-with-this-name").content.decode()
    assert "matching…" not in browser_of(make_user(Role.VIEWER)).get(LIST).content.decode()


@pytest.mark.parametrize("verb", ["run", "pause", "resume", "tag", "queue", "archive"])
def test_each_button_asks_first_and_says_how_many(boss: Client, verb: str) -> None:
    make_job(queue="night")
    make_job()
    answer = press(boss, verb, "?queue=night")
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "all 1 matching jobs" in html
    assert "queue: night" in html
    assert not BulkOperation.objects.exists()


def test_a_pause_of_all_that_match_begins_and_leads_to_its_page(boss: Client) -> None:
    job, other = make_job(queue="night"), make_job()
    answer = press(
        boss, "pause", "?queue=night&order=name", sure="1", reason="freeze", **{"for": "hour"}
    )
    operation = BulkOperation.objects.get()
    assert answer["Location"] == f"{BULK}{operation.pk}/"
    assert (operation.verb, operation.filter, operation.created_by) == (
        "pause",
        {"queue": "night"},
        "boss",
    )
    BulkOperations().run_once(now=timezone.now())
    for each in (job, other):
        each.refresh_from_db()
    assert (job.enabled, job.paused_reason, job.paused_until is None, other.enabled) == (
        False,
        "freeze",
        False,
        True,
    )


@pytest.mark.parametrize(
    ("verb", "written", "arguments"),
    [
        ("tag", {"tags": "#fin, eu,fin"}, {"tags": ["fin", "eu"]}),
        ("queue", {"queue": " night "}, {"queue": "night"}),
        ("run", {}, {}),
        ("archive", {}, {}),
    ],
)
def test_what_was_written_is_what_is_ordered(
    boss: Client, verb: str, written: dict[str, str], arguments: dict[str, Any]
) -> None:
    assert press(boss, verb, sure="1", **written).status_code == 302
    assert BulkOperation.objects.get().arguments == arguments


@pytest.mark.parametrize(
    ("verb", "written", "said"),
    [
        ("tag", {"tags": " , "}, "The tag is required"),
        ("queue", {"queue": "no good"}, "The queue must have up to 100 letters, digits"),
        (
            "pause",
            {"for": "until", "until": "2001-01-01T00:00"},
            "The end of the pause must be in the future",
        ),
        (
            "pause",
            {"for": "until", "until": "soon"},
            "Enter a valid date and time for the end of the pause",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_the_question(
    boss: Client, verb: str, written: dict[str, str], said: str
) -> None:
    answer = press(boss, verb, sure="1", **written)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not BulkOperation.objects.exists()


def test_its_page_shows_progress_failures_and_what_was_asked_for(boss: Client) -> None:
    make_job(name="gone", task="NoSuchTask")
    operation = begin("run")
    page = f"{BULK}{operation.pk}/"
    assert "waiting for the scheduler" in boss.get(page).content.decode()
    BulkOperations().run_once(now=timezone.now())
    html = strip_tags(boss.get(page).content.decode())
    for part in (
        "100 %",
        "1 of 1 jobs processed",
        "done, with failures",
        "gone",
        "NoSuchTask",
        "everything",
    ):
        assert part in html, part
    assert "Cancel this operation" not in html


def test_the_refresh_is_empty_until_something_happens(boss: Client) -> None:
    make_job()
    operation = begin()
    parts = (f"{BULK}_f/rows/", f"{BULK}{operation.pk}/live/")
    known = {path: {"If-None-Match": boss.get(path)["ETag"]} for path in parts}
    assert [boss.get(path, headers=tag).status_code for path, tag in known.items()] == [304, 304]
    BulkOperations().run_once(now=timezone.now())
    for path, tag in known.items():
        assert b"100 %" in boss.get(path, headers=tag).content


def test_it_is_cancelled_by_whoever_may_do_what_it_does() -> None:
    make_job()
    operation = begin("archive")
    page = f"{BULK}{operation.pk}/"
    operator, editor = (browser_of(make_user(role)) for role in (Role.OPERATOR, Role.EDITOR))
    assert "Cancel this operation" not in operator.get(page).content.decode()
    assert operator.post(f"{page}cancel/").status_code == 403
    assert "Cancel this operation" in editor.get(page).content.decode()
    assert editor.post(f"{page}cancel/", follow=True).status_code == 200
    assert "has finished: cancelled" in editor.post(f"{page}cancel/", follow=True).content.decode()
    operation.refresh_from_db()
    assert operation.state == "cancelled"


def test_the_list_and_the_audit_lead_to_it(boss: Client) -> None:
    assert "No bulk operations yet" in boss.get(BULK).content.decode()
    operation = begin()
    assert f"{BULK}{operation.pk}/" in boss.get(BULK).content.decode()
    assert (
        f"{BULK}{operation.pk}/"
        in boss.get("/admin/beatwright/auditentry/?verb=begin_bulk").content.decode()
    )
    assert AuditEntry.objects.get().target_kind == "bulkoperation"


def test_who_is_limited_to_tags_sees_their_own_alone(boss: Client) -> None:
    theirs = begin()
    browser = browser_of(make_user(Role.OPERATOR, tags=["fin"]))
    assert browser.get(f"{BULK}{theirs.pk}/").status_code == 404
    press(browser, "pause", sure="1")
    mine = BulkOperation.objects.get(created_by="operator")
    assert browser.get(f"{BULK}{mine.pk}/").status_code == 200
    html = browser.get(BULK).content.decode()
    assert str(mine.pk) in html
    assert str(theirs.pk) not in html


def test_a_page_of_operations_is_read_in_one_query(boss: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            boss.get(BULK)
        return len(seen)

    begin()
    one = queries()
    for _ in range(9):
        begin()
    assert queries() == one


def test_a_role_without_the_right_begins_nothing() -> None:
    make_job()
    assert press(browser_of(make_user(Role.OPERATOR)), "archive", sure="1").status_code == 403
    assert press(browser_of(make_user(Role.VIEWER)), "pause", sure="1").status_code == 403
    assert not BulkOperation.objects.exists()
    assert Job.objects.get().enabled
