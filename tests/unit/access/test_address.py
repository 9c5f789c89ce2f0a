"""Where a request comes from, in front of a proxy and behind one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory, override_settings

from jobs.access.address import client_address


def address(direct: str, forwarded: str | None = None) -> str:
    headers: dict[str, Any] = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=direct, **headers))


def test_without_a_proxy_nobody_chooses_their_address() -> None:
    assert address("198.51.100.7", "203.0.113.9") == "198.51.100.7"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("10.0.0.1, 203.0.113.9", "203.0.113.9"),  # the first was written by the client
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
        (None, "127.0.0.1"),
    ],
)
@override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
def test_behind_our_proxy_it_is_what_the_proxy_says(forwarded: str | None, expected: str) -> None:
    assert address("127.0.0.1", forwarded) == expected


def test_on_a_socket_there_is_none() -> None:
    assert address("") == ""
