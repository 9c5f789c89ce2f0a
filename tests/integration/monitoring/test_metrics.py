"""/metrics: open to this machine, closed to whoever comes from elsewhere without the token."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

TOKEN = "a long random text"


@pytest.fixture(autouse=True)
def token(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"metrics_token": TOKEN}


def status(client: Client, address: str = "10.0.0.7", **headers: str) -> int:
    return client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_reads_them_without_a_token(client: Client, address: str) -> None:
    answer = client.get("/metrics", REMOTE_ADDR=address)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE jobs_started_total counter" in answer.text


def test_others_need_the_token(client: Client) -> None:
    assert status(client) == 401
    assert status(client, authorization="Bearer wrong") == 401
    assert status(client, authorization=f"Basic {TOKEN}") == 401
    assert status(client, authorization=f"Bearer {TOKEN}") == 200
    assert status(client, authorization=f"bearer {TOKEN}", host="10.1.2.3:8000") == 200


def test_without_a_token_in_the_configuration_none_is_right(
    client: Client, settings: Settings
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"metrics_token": ""}
    assert status(client, authorization="Bearer ") == 401
    assert status(client) == 401


def test_a_token_that_is_wrong_is_wrong_on_this_machine_too(client: Client) -> None:
    assert status(client, "127.0.0.1", authorization="Bearer wrong") == 401


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
def test_what_a_proxy_on_this_machine_passes_on_is_not_from_here(
    client: Client, header: str
) -> None:
    assert status(client, "127.0.0.1", **{header: "198.51.100.7"}) == 401


def test_a_strangers_name_for_this_machine_does_not_open_them(client: Client) -> None:
    assert status(client, "127.0.0.1", host="evil.example:8000") == 401


def test_they_are_read_and_nothing_else(client: Client) -> None:
    assert client.post("/metrics").status_code == 405
