"""What is missing to a second factor or to single sign-on is named before the site starts."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from scheduler_site import doors
from scheduler_site.config import Config

OIDC: dict[str, Any] = {
    "oidc_issuer": "https://login.example.org/",
    "oidc_client_id": "x",
    "oidc_client_secret": "y",
}


def test_without_either_nothing_of_it_is_a_part_of_the_site() -> None:
    assert not doors.are_wanted(Config())
    assert doors.providers(Config()) == {}
    assert not [app for app in settings.INSTALLED_APPS if "allauth" in app or "signing_in" in app]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"second_factor": "optional"}, "SECOND_FACTOR: needs django-allauth"),
        (OIDC, "OIDC_ISSUER: needs django-allauth"),
    ],
)
def test_a_missing_package_is_named(
    values: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=why):
        doors.are_wanted(Config(**values))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"oidc_client_id": ""}, "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are needed"),
        ({"oidc_client_secret": ""}, "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are needed"),
        ({"oidc_roles": {"ops": "owner"}}, "OIDC_ROLES: owner is none of viewer"),
        ({"oidc_follow_roles": True}, "OIDC_FOLLOW_ROLES: without OIDC_ROLES"),
    ],
)
def test_what_is_half_configured_is_named(
    values: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "find_spec", lambda name: object())
    with pytest.raises(ImproperlyConfigured, match=why):
        doors.are_wanted(Config(**OIDC | values))
    assert doors.are_wanted(Config(**OIDC))


def test_the_secret_is_in_no_print_of_the_configuration() -> None:
    assert "secret of ours" not in repr(Config(**OIDC | {"oidc_client_secret": "secret of ours"}))
