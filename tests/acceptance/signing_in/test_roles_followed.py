"""Roles that the provider decides: each sign-in there gives the one of the claim, and takes away
another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.signing_in.conftest import oidc, site_with
from tests.support.oidc import Provider
from tests.support.site import Site
from tests.support.visitor import Visitor

pytestmark = pytest.mark.takes_turns(reason="a provider and a site of its own")

ROLES = (
    "SELECT auth_group.name FROM auth_group JOIN auth_user_groups ON group_id = auth_group.id"
    " JOIN auth_user ON user_id = auth_user.id WHERE username = %s"
)


@pytest.fixture(scope="module")
def site(provider: Provider) -> Iterator[Site]:
    more = {"OIDC_ROLES": '{"ops": "operator", "root": "admin"}', "OIDC_FOLLOW_ROLES": "true"}
    with site_with(**oidc(provider, **more)) as started:
        yield started


@pytest.fixture
def come(
    site: Site, visitor_of: Callable[[Site], Visitor], provider: Provider
) -> Callable[[str, list[str] | str], Visitor]:
    def sign_in(name: str, groups: list[str] | str) -> Visitor:
        person = {
            "sub": name,
            "email": f"{name}@example.org",
            "email_verified": True,
            "groups": groups,
        }
        provider.person = person
        return visitor_of(site).go("/admin/oidc/oidc/?next=/admin/beatwright/run/")

    return sign_in


def test_a_role_is_given_changed_and_taken_away_as_the_claim_says(
    site: Site, come: Callable[[str, list[str] | str], Visitor]
) -> None:
    (ana,) = site.query("SELECT id FROM auth_user WHERE username = 'ana'")
    site.execute(
        "INSERT INTO beatwright_restriction (user_id, tags) VALUES (%s, %s)", ana["id"], '["fin"]'
    )
    assert come("ana", ["root"]).place == "/admin/beatwright/run/"
    assert [row["name"] for row in site.query(ROLES, "ana")] == ["admin"]
    assert come("ana", "ops").place == "/admin/beatwright/run/"
    assert come("ana", "ops").place == "/admin/beatwright/run/"  # which changes nothing
    assert [row["name"] for row in site.query(ROLES, "ana")] == ["operator"]
    refused = come("ana", ["others"])
    assert refused.page.status_code == 403
    assert "your provider does not give you a role here" in refused.text.lower()
    assert refused.go("/admin/beatwright/run/").place == "/admin/login/"
    assert site.query(ROLES, "ana") == []
    assert site.query("SELECT tags FROM beatwright_restriction WHERE user_id = %s", ana["id"])[0][
        "tags"
    ] == ["fin"]
    told = site.query(
        "SELECT who, reason FROM beatwright_auditentry WHERE verb = 'change_role' ORDER BY id"
    )
    assert [(row["who"], row["reason"]) for row in told] == [
        ("system", "by Sign in with Example")
    ] * 3


def test_a_superuser_stays_one_whatever_the_claim_says(
    site: Site, come: Callable[[str, list[str] | str], Visitor]
) -> None:
    site.execute("UPDATE auth_user SET email = 'admin@example.org' WHERE username = 'admin'")
    assert come("admin", []).place == "/admin/beatwright/run/"
    assert site.query("SELECT id FROM auth_user WHERE username = 'admin' AND is_superuser")
