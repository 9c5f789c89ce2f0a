"""The pages about people: invited, let in, given another role, let in no longer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings
from django.utils import timezone

from jobs.access.role_words import role_in_words
from jobs.access.roles import Role
from jobs.models import AuditEntry, Invitation
from tests.integration.admin.test_roles import form_of
from tests.support.configured import configured
from tests.support.people import browser_of, make_roles, make_user
from tests.support.smtp import MailServer

PEOPLE = "/admin/people/"
FORM = {"name": "ana", "email": "ana@example.org", "role": "viewer", "tags": ""}
CHOSEN = {"new_password1": "long enough for this 77", "new_password2": "long enough for this 77"}
LINK = re.compile(r"http://testserver(/admin/invitation/bw_[\w-]{43}/)")


@pytest.fixture
def admin() -> Client:
    make_roles()
    return browser_of(make_user(Role.ADMIN))


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server, to_server(server):
        yield server


def to_server(server: MailServer) -> override_settings:
    return override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=server.port,
        EMAIL_USE_TLS=False,
        EMAIL_HOST_USER="",
    )


def invite(browser: Client, **fields: str) -> str:
    """The page that follows."""
    answer = browser.post(f"{PEOPLE}invite/", FORM | fields)
    assert answer.status_code == 302, answer.content.decode()
    return browser.get(answer.headers["Location"]).content.decode()


def test_without_a_mail_server_the_link_is_shown_once_and_lets_somebody_in(admin: Client) -> None:
    html = invite(admin, role="operator", tags="fin, #ops")
    assert "No mail server is configured" in html
    link = LINK.findall(html)[0]
    user = User.objects.get(username="ana")
    assert LINK.search(admin.get(f"{PEOPLE}{user.pk}/").content.decode()) is None
    browser = Client()
    page = browser.get(link)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert browser.get(link).status_code == 200  # looking at it does not use it up
    assert browser.post(link, CHOSEN).headers["Location"] == "/admin/login/"
    assert "Your password is set. Sign in as ana." in browser.get("/admin/login/").content.decode()
    assert (
        browser.post(
            "/admin/login/", {"username": "ana", "password": CHOSEN["new_password1"]}
        ).status_code
        == 302
    )
    assert "#fin" in admin.get(PEOPLE).content.decode()
    for answer in (browser.get(link), browser.post(link, CHOSEN)):
        assert answer.status_code == 410
        assert "has been used, revoked or replaced" in answer.content.decode()


def test_a_mail_server_is_given_the_link_and_the_page_does_not_show_it(
    admin: Client, smtp: MailServer
) -> None:
    with configured(public_url="https://beatwright.example.org"):
        html = invite(admin)
    assert "Mailed ana@example.org a link" in html
    assert "/invitation/" not in html
    (text,) = smtp.mails
    assert "To: ana@example.org" in text
    link = re.findall(
        r"https://beatwright\.example\.org(/admin/invitation/\S+)", text.replace("=\r\n", "")
    )[0]
    assert Client().get(link).status_code == 200


def test_a_mail_that_cannot_be_sent_shows_the_link_and_says_why(admin: Client) -> None:
    with MailServer(refuses=True) as server, to_server(server):
        html = invite(admin)
    assert "could not be sent" in html
    assert LINK.search(html)
    with to_server(server):  # nobody listens there any more
        assert "could not be sent" in invite(admin, name="bob", email="bob@example.org")
    assert server.mails == []


def test_each_role_that_may_be_given_stands_beside_its_sentence(admin: Client) -> None:
    html = admin.get(f"{PEOPLE}invite/").content.decode()
    assert all(role_in_words(role) in html for role in Role)
    limited = make_user(None, "half")
    limited.user_permissions.add(*_permissions("add_user", "view_user"))
    roles = browser_of(limited).get(f"{PEOPLE}invite/").context["roles"]
    assert roles == []


def _permissions(*codenames: str) -> list[int]:
    return list(Permission.objects.filter(codename__in=codenames).values_list("pk", flat=True))


def test_what_is_wrong_stands_beside_what_was_written(admin: Client) -> None:
    answer = admin.post(
        f"{PEOPLE}invite/", FORM | {"name": "two words", "email": "x", "tags": "kept"}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert all(
        text in html for text in ("No invitation was sent.", "Name: ", "Email: ", 'value="kept"')
    )
    assert not Invitation.objects.exists()


def test_a_password_has_to_keep_the_rules(admin: Client) -> None:
    link = LINK.findall(invite(admin))[0]
    for wrong in (
        {"new_password1": "short", "new_password2": "short"},
        CHOSEN | {"new_password2": "another"},
    ):
        assert Client().post(link, wrong).status_code == 422
    assert not User.objects.get(username="ana").has_usable_password()
    assert Client().post(link, CHOSEN).status_code == 302


def test_a_link_is_renewed_and_revoked(admin: Client) -> None:
    first = LINK.findall(invite(admin))[0]
    page = f"{PEOPLE}{User.objects.get(username='ana').pk}/"
    renewed = admin.post(f"{page}renew/")
    second = LINK.findall(admin.get(renewed.headers["Location"]).content.decode())[0]
    assert [Client().get(link).status_code for link in (first, second)] == [410, 200]
    assert admin.post(f"{page}revoke/").status_code == 302
    assert Client().get(second).status_code == 410
    assert "not invited" in admin.get(PEOPLE).content.decode()
    again = admin.post(f"{page}revoke/", follow=True)
    assert "There is no open invitation for ana." in again.content.decode()


def test_the_list_says_how_each_person_stands(admin: Client) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=4)):
        invite(admin, name="late", email="")
    invite(admin)
    gone = make_user(Role.VIEWER, "gone", tags=["fin"])
    User.objects.filter(pk=gone.pk).update(is_active=False)
    User.objects.create_superuser("boss", password="x")
    rows = {
        row.name: (row.role, row.badge.word, row.tags) for row in admin.get(PEOPLE).context["rows"]
    }
    assert rows == {
        "admin": ("admin", "active", ""),
        "ana": ("viewer", "invited", ""),
        "boss": ("superuser", "active", ""),
        "gone": ("viewer", "deactivated", "#fin"),
        "late": ("viewer", "not invited", ""),
    }
    assert [row.name for row in admin.get(f"{PEOPLE}?q=EXAMPLE.org").context["rows"]] == ["ana"]
    assert "No results for" in admin.get(f"{PEOPLE}?q=zzz").content.decode()


def test_who_is_deactivated_is_out_at_once_and_the_question_is_asked_first(admin: Client) -> None:
    user = make_user(Role.VIEWER, "ana")
    browser, page = browser_of(user), f"{PEOPLE}{user.pk}/"
    assert browser.get("/admin/").status_code == 200
    assert "Deactivate 1 person" in admin.post(f"{page}deactivate/").content.decode()
    assert browser.get("/admin/").status_code == 200
    admin.post(f"{page}deactivate/", {"sure": "1", "reason": "left"})
    assert browser.get("/admin/").status_code == 302
    assert AuditEntry.objects.get(verb="deactivate_person").reason == "left"
    admin.post(f"{page}activate/")
    assert browser_of(user).get("/admin/").status_code == 200


def test_who_is_deactivated_on_the_page_of_users_finds_nothing_open_when_activated_again(
    admin: Client,
) -> None:
    link = LINK.findall(invite(admin))[0]
    user = User.objects.get(username="ana")
    browser, page = browser_of(user), f"/admin/auth/user/{user.pk}/change/"
    for is_active in (False, True):
        form = form_of(admin, page) | ({"is_active": "on"} if is_active else {"is_active": ""})
        assert (
            admin.post(
                page, {name: value for name, value in form.items() if value != ""}
            ).status_code
            == 302
        )
    assert User.objects.get(username="ana").is_active
    assert browser.get("/admin/").status_code == 302
    assert Client().get(link).status_code == 410


def test_ones_own_page_is_open_and_those_of_others_are_not(admin: Client) -> None:
    ana, bob = make_user(Role.VIEWER, "ana"), make_user(Role.VIEWER, "bob")
    browser = browser_of(ana)
    own = browser.get(f"{PEOPLE}{ana.pk}/")
    assert own.status_code == 200
    assert "Deactivate" not in own.content.decode()
    assert [
        browser.get(page).status_code for page in (PEOPLE, f"{PEOPLE}{bob.pk}/", f"{PEOPLE}invite/")
    ] == [403] * 3
    assert 'href="/admin/people/"' not in browser.get("/admin/").content.decode()
    assert admin.get(f"{PEOPLE}{2**70}/").status_code == 404


def test_no_button_is_offered_for_whom_has_more(admin: Client) -> None:
    boss = User.objects.create_superuser("boss", password="x")
    html = admin.get(f"{PEOPLE}{boss.pk}/").content.decode()
    assert "Deactivate" not in html
    assert 'data-testid="role"' not in html
