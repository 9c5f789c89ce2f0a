"""The alerts page: one row for a cause, a tab for each state, and what people do there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.access.roles import Role
from jobs.models import Alert, AlertKind, AuditEntry
from tests.support.builders import make_alert, make_job
from tests.support.people import browser_of, make_user

PAGE = "/admin/beatwright/alerts/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _files_to_serve(static_root: None) -> None:
    """Pages name static files."""


@pytest.fixture
def ana() -> Client:
    return browser_of(make_user(Role.OPERATOR, "ana"))


def html(browser: Client, **query: str) -> str:
    answer = browser.get(PAGE, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def rows(page: str) -> list[str]:
    return re.findall(r'<li id="alert-(\d+)"', page)


def numbers(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-figure="alerts-(\w+)">([\d,+]+)<', page))


def failing(errors: int, jobs: int) -> None:
    """Some jobs fail with fewer errors, and have dead letters."""
    for number in range(jobs):
        job, error = make_job(name=f"job-{number}", schedule="@manual"), number % errors
        said, cause = f"its last 2 runs failed: TimeoutError: db{error}", f"error:{error}"
        make_alert(job, kind=AlertKind.FAILING, message=f"{job.name}: {said}", cause=cause)
        make_alert(job, kind=AlertKind.DEAD_LETTERS, message=f"{job.name}: 2", cause=cause)


def test_jobs_that_fail_with_a_few_errors_are_a_few_rows(ana: Client) -> None:
    failing(errors=4, jobs=23)
    page = html(ana)
    assert len(rows(page)) == 4
    assert numbers(page)["open"] == "4"
    assert (page.count(">6 jobs<"), page.count(">12 alerts<")) == (3, 6)  # and in its question
    assert (page.count(">5 jobs<"), page.count(">10 alerts<")) == (1, 2)
    assert "TimeoutError: db0" in page
    assert len(rows(ana.get("/admin/").content.decode())) == 4


def test_a_job_that_fails_and_has_dead_letters_is_one_row_named_by_its_failing(ana: Client) -> None:
    failing(errors=1, jobs=1)
    page = html(ana)
    (row,) = rows(page)
    assert Alert.objects.get(pk=row).kind == AlertKind.FAILING
    assert "2 alerts" in page


def test_a_cause_leads_to_its_alerts(ana: Client) -> None:
    failing(errors=1, jobs=3)
    assert "state=open&amp;cause=error%3A0" in html(ana)
    assert len(rows(html(ana, cause="error:0"))) == 6


def test_a_cause_is_acknowledged_as_a_whole_and_taken_back_and_both_are_undone(ana: Client) -> None:
    for name in ("a", "b"):
        make_alert(make_job(name=name), cause="error:x")
    other = make_alert(make_job(name="other"))
    ana.post(f"{PAGE}acknowledge/", {"cause": "error:x", "reason": "I look"})
    assert rows(html(ana)) == [str(other.pk)]
    page = html(ana, state="acknowledged")
    assert numbers(page) == {"open": "1", "acknowledged": "1", "snoozed": "0"}
    assert "Acknowledged by ana: I look" in page
    assert AuditEntry.objects.filter(verb="acknowledge_cause").count() == 1
    ana.post(f"{PAGE}restore/", {"cause": "error:x"})
    assert numbers(html(ana)) == {"open": "2", "acknowledged": "0", "snoozed": "0"}
    undo(ana)
    assert numbers(html(ana)) == {"open": "1", "acknowledged": "1", "snoozed": "0"}
    assert set(Alert.objects.filter(cause="error:x").values_list("acknowledged_reason")) == {
        ("I look",)
    }


def undo(browser: Client) -> None:
    browser.post("/admin/undo/", {"token": browser.session["to_undo"]["token"]})


def test_an_acknowledged_cause_is_listed_again_by_undo(ana: Client) -> None:
    for name in ("a", "b"):
        make_alert(make_job(name=name), cause="error:x")
    ana.post(f"{PAGE}acknowledge/", {"cause": "error:x"})
    undo(ana)
    assert numbers(html(ana))["open"] == "1"
    assert Alert.objects.filter(acknowledged_at=None).count() == 2


def test_one_of_a_cause_can_be_snoozed_and_restored_alone(ana: Client) -> None:
    one = make_alert(make_job(name="a"), cause="error:x")
    two = make_alert(make_job(name="b"), cause="error:x")
    ana.post(f"{PAGE}{one.pk}/acknowledge/", {"hours": "4"})
    assert rows(html(ana)) == [str(two.pk)]
    page = html(ana, state="snoozed")
    assert rows(page) == [str(one.pk)]
    assert "Snoozed by ana until" in page
    ana.post(f"{PAGE}{one.pk}/restore/")
    assert numbers(html(ana)) == {"open": "1", "acknowledged": "0", "snoozed": "0"}


def test_a_snooze_that_is_over_is_open_again(ana: Client) -> None:
    past = timezone.now() - HOUR
    alert = make_alert(acknowledged_at=past, acknowledged_by="bo", snoozed_until=past)
    assert rows(html(ana)) == [str(alert.pk)]
    assert rows(html(ana, state="snoozed")) == []


def test_the_history_has_what_is_over_and_how_long_it_lasted_page_by_page(ana: Client) -> None:
    now = timezone.now()
    closed = [
        make_alert(subject=str(n), opened_at=now - 3 * HOUR, closed_at=now - HOUR)
        for n in range(60)
    ]
    page = html(ana, state="closed")
    assert rows(page) == [str(alert.pk) for alert in closed[::-1][:50]]
    assert "Lasted 2 h" in page
    following = re.search(r'href="\?([^"]*after=[^"]*)"', page)
    assert following
    rest = ana.get(f"{PAGE}?{following[1].replace('&amp;', '&')}").content.decode()
    assert rows(rest) == [str(alert.pk) for alert in closed[::-1][50:]]


@pytest.mark.parametrize("state", ["open", "acknowledged", "snoozed", "closed", "nonsense"])
def test_an_empty_tab_says_what_would_fill_it(ana: Client, state: str) -> None:
    assert 'data-testid="empty"' in html(ana, state=state)


def test_the_page_costs_the_same_for_many_alerts_as_for_few(ana: Client) -> None:
    make_alert(make_job())
    html(ana)
    with CaptureQueriesContext(connection) as few:
        html(ana)
    for number in range(30):
        make_alert(make_job(), cause=f"error:{number % 7}", kind=AlertKind.FAILING)
    with CaptureQueriesContext(connection) as many:
        html(ana)
    assert len(many) == len(few)
    own = [query for query in many.captured_queries if 'FROM "beatwright_alert"' in query["sql"]]
    assert len(own) == 5


def test_a_viewer_sees_alerts_and_no_button_and_is_refused() -> None:
    alert, viewer = make_alert(make_job()), browser_of(make_user(Role.VIEWER))
    page = html(viewer)
    assert rows(page) == [str(alert.pk)]
    assert "Acknowledge" not in page.partition("<main")[2].replace("Acknowledged", "")
    for verb in ("acknowledge", "restore"):
        assert viewer.post(f"{PAGE}{verb}/", {"cause": alert.cause}).status_code == 403
        assert viewer.post(f"{PAGE}{alert.pk}/{verb}/").status_code == 403


def test_whom_tags_limit_sees_and_acknowledges_only_their_own() -> None:
    mine = make_alert(make_job(tags=["ops"]), cause="error:x")
    make_alert(make_job(tags=["web"]), cause="error:x")
    limited = browser_of(make_user(Role.OPERATOR, "bo", tags=["ops"]))
    assert rows(html(limited)) == [str(mine.pk)]
    limited.post(f"{PAGE}acknowledge/", {"cause": "error:x"})
    assert Alert.objects.filter(acknowledged_at=None).exclude(pk=mine.pk).count() == 1
    mine.refresh_from_db()
    assert mine.acknowledged_by == "bo"


def test_the_rows_refresh_themselves(ana: Client) -> None:
    make_alert(make_job())
    address = re.search(r'data-live="([^"]+alerts[^"]+)"', html(ana, state="open"))
    assert address
    answer = ana.get(address[1].replace("&amp;", "&"))
    assert len(rows(answer.content.decode())) == 1
    again = ana.get(address[1], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
