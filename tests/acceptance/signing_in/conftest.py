"""A site with django-allauth, a provider beside it, and people with passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.oidc import CLIENT, SECRET, Provider
from tests.support.site import Site
from tests.support.visitor import Visitor

PASSWORD = "long enough for this 77"
MAKE = """
from tests.support.people import make_roles, make_user
from jobs.access.roles import Role
make_roles()
for name, role in {people!r}.items():
    user = make_user(Role(role), name)
    user.email = f"{{name}}@example.org"
    user.set_password({password!r})
    user.save()
"""
PEOPLE = {"ana": "operator", "bob": "viewer", "eve": "admin"}


@contextmanager
def site_with(**env: str) -> Iterator[Site]:
    """Migrated, with PEOPLE, answering; asked as often as one likes."""
    with Site("sqlite", env={"LOGIN_RATE_PER_MINUTE": "0", **env}) as site:
        site.manage("migrate", "--verbosity=0")
        site.create_admin()
        site.python(MAKE.format(people=PEOPLE, password=PASSWORD))
        site.web()
        yield site


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    with Provider() as started:
        yield started


@pytest.fixture(autouse=True)
def honest(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins and ends with a provider that does everything right."""
    yield
    if "provider" in request.fixturenames:
        request.getfixturevalue("provider").tricks.clear()


@pytest.fixture
def visitor_of() -> Iterator[Callable[[Site], Visitor]]:
    """Visitors, each with cookies of their own."""
    opened: list[Visitor] = []

    def visitor(site: Site) -> Visitor:
        opened.append(Visitor(site.url))
        return opened[-1]

    yield visitor
    for one in opened:
        one.client.close()


def oidc(provider: Provider, **more: str) -> dict[str, str]:
    """The settings that name this provider."""
    named = {"OIDC_ISSUER": provider.url, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    return {**named, "OIDC_NAME": "Sign in with Example", **more}
