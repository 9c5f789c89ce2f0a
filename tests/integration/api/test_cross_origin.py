"""Pages of other origins: allowed by name, with a token and never with a cookie."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pydantic import ValidationError
from pytest_django import Settings

from jobs.conf import Conf
from tests.support.api import Api

ALLOWED, OTHER = "https://dashboard.example.org", "https://evil.example"
ADDRESSES = ["/api/v1/jobs/", "/v1/jobs", "/jobs", "/api/v1/tasks"]
ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {
        "cors_origins": [ALLOWED],
        "compat_open_on_loopback": True,
    }


def preflight(address: str, origin: str) -> dict[str, str]:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = Client().options(address, headers=headers)
    return {"status": str(answer.status_code), **dict(answer.items())}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_of_an_allowed_origin_may_ask_and_read(address: str) -> None:
    told = preflight(address, ALLOWED)
    assert (told["status"], told[ALLOW], told["Vary"]) == ("204", ALLOWED, "Origin")
    assert "Authorization" in told["Access-Control-Allow-Headers"]
    assert "PUT" in told["Access-Control-Allow-Methods"]
    token = {"Authorization": f"Bearer {Api().secret}", "Origin": ALLOWED}
    answer = Client().get(address, headers=token)
    assert (answer.status_code, answer[ALLOW]) == (200, ALLOWED)
    assert "ETag" in answer["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_any_other_page_is_told_nothing(address: str) -> None:
    told = preflight(address, OTHER)
    assert (told["status"], ALLOW in told) == ("401", False)
    token = {"Authorization": f"Bearer {Api().secret}", "Origin": OTHER}
    answer = Client().get(address, headers=token)
    assert (answer.status_code, ALLOW in answer, answer["Vary"]) == (200, False, "Origin")


def test_an_allowed_page_needs_a_token_where_programs_need_none() -> None:
    assert Client().get("/jobs").status_code == 200
    refused = Client().get("/jobs", headers={"Origin": ALLOWED})
    assert (refused.status_code, refused[ALLOW]) == (401, ALLOWED), "and can read that it does"


def test_no_cookie_is_ever_asked_for() -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss"))
    answer = client.get("/api/v1/jobs/", headers={"Origin": ALLOWED})
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Credentials" not in preflight("/api/v1/jobs/", ALLOWED)


def test_any_origin_may_be_allowed(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"cors_origins": ["*"]}
    assert preflight("/v1/jobs", OTHER)[ALLOW] == OTHER


def test_without_the_setting_no_header_is_sent(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"cors_origins": []}
    token = {"Authorization": f"Bearer {Api().secret}", "Origin": ALLOWED}
    answer = Client().get("/v1/jobs", headers=token)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert preflight("/v1/jobs", ALLOWED)["status"] == "401"


@pytest.mark.parametrize(
    "origin", ["dashboard.example.org", "https://a.example/path", "https://*.a"]
)
def test_what_is_no_origin_is_refused_where_it_is_set(origin: str) -> None:
    with pytest.raises(ValidationError, match="cors_origins"):
        Conf(cors_origins=[origin])
