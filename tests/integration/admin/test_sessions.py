"""Sessions: begun, listed, kept up, and ended with a sentence that says why."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.access.roles import Role
from jobs.actions.people.accounts import deactivate_person
from jobs.actions.people.sessions import sign_out_person
from jobs.errors import Forbidden
from jobs.models import AuditEntry, SignIn, SignInEnd
from tests.support.builders import by
from tests.support.people import browser_of, make_user
from tests.support.rights import somebody

PASSWORD = "right for this test"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOME = "/admin/"
PAGE = "/admin/beatwright/run/"


@pytest.fixture
def ana() -> User:
    user = make_user(Role.VIEWER, "ana")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(
    password: str = PASSWORD, *, name: str = "ana", address: str = "198.51.100.7"
) -> Client:
    browser = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=FIREFOX)
    browser.post("/admin/login/", {"username": name, "password": password})
    return browser


def is_in(browser: Client, **headers: str) -> bool:
    return browser.get(PAGE, headers=headers).status_code == 200


def told(browser: Client) -> str:
    """What the sign-in page says, to which the browser is sent."""
    answer = browser.get(PAGE, follow=True)
    assert answer.redirect_chain
    return str(answer.context["signed_out"])


def test_who_comes_in_leaves_or_is_refused_is_in_the_audit(ana: User) -> None:
    sign_in("wrong")
    sign_in(PASSWORD, name="right for another place")
    sign_in().post("/admin/logout/")
    entries = AuditEntry.objects.order_by("id").values_list("verb", "who", "target_name", "address")
    assert list(entries) == [
        ("sign_in_failed", "system", "ana", "198.51.100.7"),
        ("sign_in_failed", "system", "a name that nobody has", "198.51.100.7"),
        ("sign_in", "ana", "ana", "198.51.100.7"),
        ("sign_out", "ana", "ana", "198.51.100.7"),
    ]
    assert SignIn.objects.get().ended_why == SignInEnd.LEFT
    assert not Session.objects.exists()


def test_ones_own_page_lists_the_sessions_in_words_and_ends_one(ana: User) -> None:
    here, there = sign_in(), sign_in(address="203.0.113.9")
    page = here.get("/admin/people/me/", follow=True)
    rows = {row.address: (row.browser, row.is_this) for row in page.context["sessions"]}
    assert rows == {
        "198.51.100.7": ("Firefox on Linux", True),
        "203.0.113.9": ("Firefox on Linux", False),
    }
    assert "sign in" in [row.verb for row in page.context["entries"]]
    other = SignIn.objects.get(address="203.0.113.9")
    assert here.post(f"/admin/people/{ana.pk}/sessions/{other.pk}/end/").status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    again = here.post(f"/admin/people/{ana.pk}/sessions/{other.pk}/end/", follow=True)
    assert "This session has already ended." in again.content.decode()


def test_out_everywhere_else_leaves_the_session_that_asks(ana: User) -> None:
    here, others = sign_in(), [sign_in() for _ in range(3)]
    answer = here.post(f"/admin/people/{ana.pk}/sign-out/", follow=True)
    assert "Ended 3 sessions." in answer.content.decode()
    assert is_in(here)
    assert not any(is_in(other) for other in others)
    assert AuditEntry.objects.get(verb="sign_out_person").changes == {"sessions": [None, 3]}


def test_who_manages_people_ends_the_sessions_of_those_they_may_touch(ana: User) -> None:
    browser, admin = sign_in(), browser_of(make_user(Role.ADMIN))
    assert "Firefox on Linux" in admin.get(f"/admin/people/{ana.pk}/").content.decode()
    admin.post(f"/admin/people/{ana.pk}/sign-out/")
    assert "because you or an administrator ended your session" in told(browser)
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    outside = sign_in(name="boss")
    assert admin.post(f"/admin/people/{boss.pk}/sign-out/").status_code == 403
    row = SignIn.objects.get(user=boss)
    assert admin.post(f"/admin/people/{boss.pk}/sessions/{row.pk}/end/").status_code == 403
    assert admin.post(f"/admin/people/{ana.pk}/sessions/{row.pk}/end/").status_code == 404
    assert is_in(outside)
    with pytest.raises(Forbidden):
        sign_out_person(ana, actor=somebody(Role.EDITOR), now=timezone.now())


def test_a_session_that_nobody_uses_ends_after_eight_hours_and_is_told_so(ana: User) -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in()
        clock.shift(timedelta(hours=7, minutes=59))
        assert is_in(browser)
        clock.shift(timedelta(hours=7, minutes=59))
        assert is_in(browser)
        clock.shift(timedelta(hours=8))
        assert told(browser) == "You were signed out after 8 h without activity."
        assert browser.get("/admin/login/").context["signed_out"] == ""  # it is said once
    entry = AuditEntry.objects.get(verb="sign_out")
    assert (entry.who, entry.reason) == ("system", "idle for too long")
    assert SignIn.objects.get().ended_why == SignInEnd.IDLE


def test_a_page_that_refreshes_itself_keeps_no_session_going(ana: User) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=UTC), tick=False) as clock:
        browser = sign_in()
        for _ in range(7):
            clock.shift(timedelta(hours=1))
            assert is_in(browser, **{"X-Unattended": "1"})
        clock.shift(timedelta(hours=1))
        assert not is_in(browser, **{"X-Unattended": "1"})


def test_a_session_ends_after_fourteen_days_however_busy(ana: User) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=UTC), tick=False) as clock:
        browser = sign_in()
        for _ in range(14 * 4 - 1):
            clock.shift(timedelta(hours=6))
            # Writes into the session, which Django then prolongs.
            browser.post("/admin/times/", {"times": "utc"})
            assert is_in(browser)
        clock.shift(timedelta(hours=6))
        assert told(browser) == "You were signed out because a session lasts at most 14 days."


def _changed_their_own(browser: Client, user: User) -> None:
    new = "quite another, as long"
    written = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert browser.post("/admin/password_change/", written).status_code == 302
    assert is_in(browser)  # where it was changed, one stays in


def _given_another(_: Client, user: User) -> None:
    user.set_password("by somebody else")
    user.save()


ENDS: list[tuple[Callable[[Client, User], Any], str]] = [
    (_changed_their_own, "because your password was changed"),
    (_given_another, "because your password was changed"),
    (
        lambda _, user: deactivate_person(user, actor=by("boss"), now=timezone.now()),
        "your account was deactivated",
    ),
    (
        lambda _, user: User.objects.filter(pk=user.pk).update(is_active=False),
        "your account was deactivated",
    ),
]


@pytest.mark.parametrize(("act", "sentence"), ENDS)
def test_a_session_ends_with(act: Callable[[Client, User], Any], sentence: str, ana: User) -> None:
    here, there = sign_in(), sign_in(address="203.0.113.9")
    act(here, ana)
    admin = browser_of(User.objects.create_superuser("boss"))
    listed = admin.get(f"/admin/people/{ana.pk}/").context["sessions"]
    assert "203.0.113.9" not in [row.address for row in listed]  # also before it has been tried
    assert sentence in told(there)


def test_one_who_leaves_is_told_nothing(ana: User) -> None:
    browser = sign_in()
    key = browser.cookies["sessionid"].value
    browser.post("/admin/logout/")
    browser.cookies["sessionid"] = key
    assert told(browser) == ""


def test_a_session_from_before_is_written_down_when_it_comes(ana: User) -> None:
    browser = browser_of(ana)
    SignIn.objects.all().delete()
    assert is_in(browser)
    assert SignIn.objects.get().user == ana


def test_a_request_writes_once_a_minute_and_asks_for_nothing_more(ana: User) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=UTC), tick=False) as clock:
        browser = sign_in()
        is_in(browser)
        for seconds, writes in ((59, 0), (1, 1), (59, 0), (1, 1)):
            clock.shift(timedelta(seconds=seconds))
            with CaptureQueriesContext(
                connection,
            ) as asked:
                browser.get("/admin/people/me/")
            statements = [query["sql"] for query in asked.captured_queries]
            assert sum(text.startswith(("UPDATE", "INSERT")) for text in statements) == writes
            assert len(statements) - writes == 2  # the session and the user, as without it


def test_a_database_that_takes_no_writes_can_be_looked_at(ana: User) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=UTC), tick=False) as clock:
        browser = sign_in()
        clock.shift(timedelta(minutes=5))
        with read_only():
            assert is_in(browser)
        SignIn.objects.all().delete()
        with read_only():
            assert is_in(browser)


@pytest.mark.parametrize(
    "key", ['"\\000aaaaaaaaaaaa"', "x" * 5_000, "no such session", "é" * 32, ""]
)
def test_a_cookie_that_is_no_key_is_somebody_who_is_not_signed_in(key: str) -> None:
    browser = Client()
    browser.cookies["sessionid"] = key
    assert browser.get(PAGE).status_code == 302


@contextmanager
def read_only() -> Any:
    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("UPDATE", "INSERT", "DELETE")):
            raise DatabaseError("cannot execute UPDATE in a read-only transaction")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


def test_what_is_over_for_long_goes_when_somebody_signs_in(ana: User) -> None:
    now = timezone.now()
    sign_in()
    with time_machine.travel(now - timedelta(days=31)):
        sign_in()
    assert (Session.objects.count(), SignIn.objects.count()) == (2, 2)
    sign_in()
    assert (Session.objects.count(), SignIn.objects.count()) == (2, 2)
    assert SignIn.objects.earliest("started_at").started_at >= now - timedelta(days=1)
