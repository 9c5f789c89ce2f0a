"""Single sign-on with a real provider over HTTP: who comes in, who does not, and a provider that
does wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.acceptance.signing_in.conftest import PASSWORD, oidc, site_with
from tests.support import totp
from tests.support.oidc import Provider
from tests.support.site import Site
from tests.support.visitor import Visitor

pytestmark = [
    pytest.mark.drawn(most=8, reason="each walks to a provider and back"),
    pytest.mark.takes_turns(
        reason="a provider and a site of its own, and walks through many pages"
    ),
]

VisitorOf = Callable[[Site], Visitor]
ANA = {"sub": "1", "email": "Ana@example.org", "email_verified": True}
NEW = {"sub": "9", "email": "new@example.org", "email_verified": True}
BEGIN = "/admin/oidc/oidc/?next=/admin/beatwright/run/"


@pytest.fixture(scope="module")
def site(provider: Provider) -> Iterator[Site]:
    more = {
        "OIDC_DOMAINS": "example.org, example.com",
        "OIDC_ROLES": '{"ops": "operator", "root": "admin"}',
        "SECOND_FACTOR": "everybody",
    }
    with site_with(**oidc(provider, **more)) as started:
        yield started


@pytest.fixture(autouse=True)
def nobody_is_linked(site: Site) -> None:
    for table in ("socialaccount_socialaccount", "mfa_authenticator", "beatwright_auditentry"):
        site.execute(f"DELETE FROM {table}")
    site.execute("UPDATE auth_user SET is_active = %s", True)


def is_in(visitor: Visitor) -> bool:
    return visitor.go("/admin/beatwright/run/").place == "/admin/beatwright/run/"


def come(site: Site, visitor_of: VisitorOf, provider: Provider, person: dict[str, Any]) -> Visitor:
    provider.person = person
    return visitor_of(site).go(BEGIN)


def test_a_person_who_is_known_signs_in_and_is_known_by_identity_from_then_on(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    assert "Sign in with Example" in visitor_of(site).go("/admin/login/").text
    visitor = come(site, visitor_of, provider, ANA)
    # Where they wanted to go; the provider has asked for a second factor.
    assert visitor.place == "/admin/beatwright/run/"
    asked = provider.asked[-1]
    assert asked["nonce"]
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    moved = come(site, visitor_of, provider, {**ANA, "email": "ana.b@example.com"})
    assert is_in(moved)
    (row,) = site.query(
        "SELECT who, verb FROM beatwright_auditentry WHERE verb = 'sign_in' LIMIT 1"
    )
    assert row["who"] == "ana"


def test_an_address_that_was_given_to_somebody_else_opens_no_account(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    come(site, visitor_of, provider, ANA)
    other = come(site, visitor_of, provider, {**ANA, "sub": "2"})
    assert other.page.status_code == 403
    assert "signs in with another identity" in other.text
    assert not is_in(other)


def test_who_is_not_known_comes_in_only_with_a_role_from_the_claim(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    for claim in ({}, {"groups": ["others"]}, {"groups": "opsops"}, {"groups": [["ops"], None]}):
        refused = come(site, visitor_of, provider, NEW | claim)
        assert refused.page.status_code == 403
        assert "Ask an administrator to invite you".lower() in refused.text.lower()
    assert site.query("SELECT id FROM auth_user WHERE email = 'new@example.org'") == []
    visitor = come(site, visitor_of, provider, NEW | {"groups": ["others", "ops"]})
    assert is_in(visitor)
    assert visitor.go("/admin/people/").page.status_code == 403
    (row,) = site.query(
        "SELECT auth_group.name, is_superuser FROM auth_user JOIN auth_user_groups ON user_id "
        "= auth_user.id"
        " JOIN auth_group ON auth_group.id = group_id WHERE email = 'new@example.org'"
    )
    assert (row["name"], bool(row["is_superuser"])) == ("operator", False)
    assert site.query("SELECT id FROM beatwright_auditentry WHERE verb = 'admit_person'")
    site.execute("UPDATE auth_user SET is_active = %s WHERE email = 'new@example.org'", False)
    assert not is_in(come(site, visitor_of, provider, NEW | {"groups": ["root"]}))


@pytest.mark.parametrize(
    "person",
    [
        {**ANA, "email": "ana@elsewhere.org"},
        {**ANA, "email": "ana@notexample.org"},
        {**ANA, "email": "ana@example.org.evil.invalid"},
        {**ANA, "email_verified": False},
        {**ANA, "email_verified": "no"},
        {"sub": "1"},
    ],
)
def test_only_verified_addresses_of_the_domains_come_in(
    person: dict[str, Any], site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    visitor = come(site, visitor_of, provider, person)
    assert visitor.page.status_code == 403
    assert (
        "only people with a verified email address at example.org, example.com"
        in visitor.text.lower()
    )
    assert not is_in(visitor)


def test_who_is_deactivated_is_refused_linked_or_not(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    for _ in range(2):
        site.execute("UPDATE auth_user SET is_active = %s WHERE username = 'ana'", False)
        visitor = come(site, visitor_of, provider, ANA)
        assert visitor.page.status_code == 403
        assert "deactivated" in visitor.text
        assert not is_in(visitor)
        site.execute("UPDATE auth_user SET is_active = %s WHERE username = 'ana'", True)
        come(site, visitor_of, provider, ANA)


def test_an_answer_to_a_sign_in_of_another_browser_is_refused(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    provider.person = ANA
    thief, victim = visitor_of(site), visitor_of(site)
    thief.client.follow_redirects = victim.client.follow_redirects = False
    answer = thief.client.get(thief.go(BEGIN).page.headers["Location"]).headers["Location"]
    victim.go(BEGIN)
    for state in ("", "made up", parse_qs(urlsplit(answer).query)["state"][0]):
        code = parse_qs(urlsplit(answer).query)["code"][0]
        assert (
            victim.go(f"/admin/oidc/oidc/callback/?code={code}&state={state}").page.status_code
            == 502
        )
        assert "was not started in this browser" in victim.text
    own = parse_qs(
        urlsplit(
            victim.client.get(victim.go(BEGIN).page.headers["Location"]).headers["Location"]
        ).query
    )
    code = parse_qs(urlsplit(answer).query)["code"][0]
    injected = victim.go(f"/admin/oidc/oidc/callback/?code={code}&state={own['state'][0]}")
    # The provider refuses the code, as the verifier is another's.
    assert injected.page.status_code == 502
    victim.client.follow_redirects = True
    assert not is_in(victim)


def test_an_answer_cannot_be_used_twice(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    provider.person = ANA
    visitor = visitor_of(site)
    visitor.client.follow_redirects = False
    answer = visitor.client.get(visitor.go(BEGIN).page.headers["Location"]).headers["Location"]
    assert visitor.go(answer).page.status_code == 302
    assert visitor.go(answer).page.status_code == 502


def test_a_link_adds_nothing_to_what_the_provider_is_asked(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    provider.person = ANA
    elsewhere = "redirect_uri%3Dhttp%3A%2F%2Fevil.invalid%26nonce%3D1"
    more = f"&process=connect&scope=admin&auth_params={elsewhere}"
    visitor_of(site).go(f"{BEGIN}{more}&action=reauthenticate")
    asked = provider.asked[-1]
    assert asked["redirect_uri"] == f"{site.url}/admin/oidc/oidc/callback/"
    assert len(asked["nonce"]) == 64
    assert "admin" not in asked["scope"]
    visitor = visitor_of(site).go("/admin/oidc/oidc/?next=https://evil.invalid/")
    assert visitor.place == "/admin/"


LIES = [
    "unsigned",
    "symmetric",
    "other_key",
    "other_nonce",
    "other_audience",
    "other_issuer",
    "expired",
    "no_token",
]


@pytest.mark.drawn(most=4, reason="each is one more lie of the same provider; the core takes some")
@pytest.mark.parametrize("trick", [*LIES, "other_subject", "garbage", "empty", "huge"])
def test_a_provider_that_cannot_be_believed_lets_nobody_in(
    trick: str, site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    provider.tricks.add(trick)
    visitor = come(site, visitor_of, provider, ANA)
    assert visitor.page.status_code == 502
    assert (
        "your provider did not answer, or its answer could not be verified" in visitor.text.lower()
    )
    provider.tricks.clear()
    assert not is_in(visitor)
    assert site.query("SELECT id FROM socialaccount_socialaccount") == []


@pytest.mark.only_in_all(
    reason="waits twice for as long as a provider is given; that garbage is refused is in the core"
)
@pytest.mark.parametrize("trick", ["silent", "drips"])
def test_a_provider_that_hangs_is_given_up(
    trick: str, site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    """The provider would go on for a minute; ours gives it up after ten seconds."""
    provider.tricks.add(trick)
    visitor = come(site, visitor_of, provider, ANA)
    assert visitor.page.status_code == 502
    assert "did not answer" in visitor.text


def test_who_has_set_up_a_second_factor_is_asked_for_it_all_the_same(
    site: Site, visitor_of: VisitorOf, provider: Provider
) -> None:
    come(site, visitor_of, provider, ANA)
    (ana,) = site.query("SELECT id FROM auth_user WHERE username = 'ana'")
    site.execute(
        "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (%s, 'totp', "
        "%s, %s)",
        ana["id"], '{"secret": "x"}', "2026-01-01 00:00:00",
    )  # fmt: skip
    visitor = come(site, visitor_of, provider, ANA)
    assert visitor.place == "/admin/second-factor/code/"
    # What was written under another SECRET_KEY is read as a key that nobody knows, not as an empty
    # one.
    assert visitor.send(code=totp.code("")).place == "/admin/second-factor/code/"
    assert not is_in(visitor)


def test_passwords_go_on_working_beside_it(site: Site, visitor_of: VisitorOf) -> None:
    assert visitor_of(site).sign_in("bob", PASSWORD).place == "/admin/second-factor/password/"
