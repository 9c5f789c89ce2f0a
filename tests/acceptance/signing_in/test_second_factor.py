"""A second factor, before a real server: set up, asked for, used once, locked, required, and
reset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.signing_in.conftest import PASSWORD, site_with
from tests.support import totp
from tests.support.site import Site
from tests.support.visitor import Visitor

pytestmark = [
    pytest.mark.drawn(most=5, reason="each walks through the pages of several people"),
    pytest.mark.takes_turns(reason="a site of its own, and walks through many pages"),
]

SetUp = tuple[str, list[str]]
VisitorOf = Callable[[Site], Visitor]
CODES = re.compile(r"<li><code>(\d{8})</code></li>")
HERE = "/admin/second-factor/"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with site_with(SECOND_FACTOR="operators") as started:
        yield started


@pytest.fixture(autouse=True)
def nobody_has_one(site: Site) -> None:
    for table in ("mfa_authenticator", "axes_accessattempt", "beatwright_auditentry"):
        site.execute(f"DELETE FROM {table}")


def set_up(visitor: Visitor) -> SetUp:
    """The key and the recovery codes of somebody who is signed in and has no second factor yet."""
    visitor.go(f"{HERE}set-up/")
    if visitor.place.endswith("/password/"):
        visitor.send(password=PASSWORD)
    assert visitor.place == f"{HERE}set-up/", visitor.text
    found = re.search(r'data-testid="key">([A-Z2-7]+)<', visitor.text)
    assert found
    visitor.send(code=totp.code(found[1]))
    assert visitor.place == f"{HERE}recovery/", visitor.text
    return found[1], CODES.findall(visitor.text)


def is_in(visitor: Visitor) -> bool:
    return visitor.go("/admin/beatwright/run/").place == "/admin/beatwright/run/"


def verbs(site: Site) -> list[str]:
    return [row["verb"] for row in site.query("SELECT verb FROM beatwright_auditentry ORDER BY id")]


def test_whoever_needs_one_sets_one_up_and_is_then_asked_for_it(
    site: Site, visitor_of: VisitorOf
) -> None:
    visitor = visitor_of(site).sign_in("ana", PASSWORD)
    assert visitor.place == f"{HERE}password/"  # led to it, wherever they go
    assert not is_in(visitor)
    assert visitor.client.get(f"{site.url}/api/v1/jobs/").status_code == 403
    key, codes = set_up(visitor)
    assert len(set(codes)) == 10
    assert is_in(visitor)
    assert key not in str(site.query("SELECT data FROM mfa_authenticator"))  # it is encrypted
    assert CODES.findall(visitor.go(f"{HERE}recovery/").text) == []  # shown once

    again = visitor_of(site).sign_in("ana", PASSWORD)
    assert again.place == f"{HERE}code/"
    assert not is_in(again)
    again.go(f"{HERE}code/").send(code="000000")
    assert again.place == f"{HERE}code/"
    again.send(code=totp.code(key))
    assert again.place == "/admin/"
    assert is_in(again)
    assert verbs(site) == [
        "sign_in",
        "set_up_second_factor",
        "set_up_second_factor",
        "sign_in_failed",
        "sign_in",
    ]


def test_a_code_works_once_and_so_does_a_recovery_code(site: Site, visitor_of: VisitorOf) -> None:
    key, codes = set_up(visitor_of(site).sign_in("ana", PASSWORD))
    code = totp.code(key)
    for secret in (code, codes[3]):
        first, second = (visitor_of(site).sign_in("ana", PASSWORD) for _ in range(2))
        assert first.send(code=secret).place == "/admin/"
        assert second.send(code=secret).place == f"{HERE}code/"
        assert not is_in(second)
    site.execute("DELETE FROM axes_accessattempt")
    newer = visitor_of(site).sign_in("ana", PASSWORD)
    # And none before it any more.
    assert newer.send(code=totp.code(key, later=-1)).place == f"{HERE}code/"
    assert newer.send(code=totp.code(key, later=1)).place == "/admin/"


def test_wrong_codes_and_wrong_passwords_lock_out_together(
    site: Site, visitor_of: VisitorOf
) -> None:
    _, codes = set_up(visitor_of(site).sign_in("ana", PASSWORD))
    visitor_of(site).sign_in("ana", "wrong")
    visitor = visitor_of(site).sign_in("ana", PASSWORD)
    for _ in range(4):
        visitor.send(code="000000")
        visitor.go(f"{HERE}code/")
    assert visitor.send(code=codes[0]).place != "/admin/"
    assert not is_in(visitor)
    assert visitor_of(site).sign_in("ana", PASSWORD).page.status_code == 429
    assert "lock_out" in verbs(site)


def test_who_only_looks_may_do_without_and_may_have_one(site: Site, visitor_of: VisitorOf) -> None:
    visitor = visitor_of(site).sign_in("bob", PASSWORD)
    assert is_in(visitor)
    set_up(visitor)
    assert visitor_of(site).sign_in("bob", PASSWORD).place == f"{HERE}code/"
    assert visitor.go(f"{HERE}remove/").send().place == HERE
    assert visitor_of(site).sign_in("bob", PASSWORD).place == "/admin/"
    assert "remove_second_factor" in verbs(site)


def test_an_administrator_resets_one_that_is_lost(site: Site, visitor_of: VisitorOf) -> None:
    set_up(visitor_of(site).sign_in("ana", PASSWORD))
    boss = visitor_of(site).sign_in("eve", PASSWORD)
    set_up(boss)
    (ana,) = site.query("SELECT id FROM auth_user WHERE username = 'ana'")
    assert "second factor" in boss.go("/admin/people/").text
    page = f"/admin/people/{ana['id']}/"
    assert "Reset second factor" in boss.go(page).text
    boss.send(f"{page}reset/")
    assert "signs in with the password alone" in boss.text
    visitor = visitor_of(site).sign_in("ana", PASSWORD)
    assert visitor.place == f"{HERE}password/"  # and has to set up another
    set_up(visitor)
    site.manage("person", "reset-second-factor", "ana")
    rows = site.query(
        "SELECT who FROM beatwright_auditentry WHERE verb = 'reset_second_factor' ORDER BY id"
    )
    assert rows[0]["who"] == "eve"
    assert rows[1]["who"].startswith("cli:")


def test_a_session_from_before_one_was_set_up_ends_where_one_is_required(
    site: Site, visitor_of: VisitorOf
) -> None:
    early = visitor_of(site).sign_in("ana", PASSWORD)
    set_up(visitor_of(site).sign_in("ana", PASSWORD))
    assert early.go("/admin/beatwright/run/").place == "/admin/login/"
    assert not is_in(early)


@pytest.mark.parametrize(
    "path", ["sign-up/", "sign-in/", "oidc/oidc/", "oidc/oidc/callback/?code=1&state=2"]
)
def test_nothing_else_of_the_package_opens_a_door(
    path: str, site: Site, visitor_of: VisitorOf
) -> None:
    visitor = visitor_of(site).go(f"/admin/{path}")
    assert not is_in(visitor)
