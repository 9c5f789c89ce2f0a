"""Too many wrong passwords: the pair of name and address is shut out, and told so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from jobs.models import AuditEntry

LOGIN = "/admin/login/"
PASSWORD = "right for this test"


@pytest.fixture(autouse=True)
def ana() -> User:
    return User.objects.create_superuser("ana", password=PASSWORD)


def attempt(
    password: str, *, name: str = "ana", address: str = "198.51.100.7", **headers: Any
) -> int:
    written = {"username": name, "password": password}
    return Client().post(LOGIN, written, REMOTE_ADDR=address, **headers).status_code


def fail(times: int, **where: str) -> list[int]:
    return [attempt("wrong", **where) for _ in range(times)]


def test_the_fifth_wrong_password_shuts_out_and_the_page_says_for_how_long() -> None:
    assert fail(5) == [200, 200, 200, 200, 429]
    answer = Client().post(
        LOGIN, {"username": "ana", "password": PASSWORD}, REMOTE_ADDR="198.51.100.7"
    )
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "Sign-in for this user from this address is locked for 15 min" in answer.content.decode()
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_being_shut_out_is_one_entry_of_the_audit_however_often_they_try() -> None:
    fail(8)
    (entry,) = AuditEntry.objects.filter(verb="lock_out")
    assert (entry.verb, entry.who, entry.target_name, entry.address) == (
        "lock_out",
        "system",
        "ana",
        "198.51.100.7",
    )
    fail(5, address="203.0.113.9")
    assert AuditEntry.objects.filter(verb="lock_out").count() == 2


def test_the_same_name_from_elsewhere_and_others_from_there_come_in() -> None:
    User.objects.create_superuser("bob", password=PASSWORD)
    fail(5)
    assert attempt(PASSWORD, address="203.0.113.9") == 302
    assert attempt(PASSWORD, name="bob") == 302


def test_it_ends_after_a_quarter_of_an_hour() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        fail(5)
        clock.shift(timedelta(minutes=14))
        assert attempt(PASSWORD) == 429
        clock.shift(timedelta(minutes=16))
        assert attempt(PASSWORD) == 302


def test_a_right_password_clears_the_wrong_ones() -> None:
    fail(4)
    assert attempt(PASSWORD) == 302
    assert fail(4) == [200] * 4


@override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
def test_behind_the_proxy_it_is_the_clients_address_that_counts() -> None:
    def behind(client: str) -> dict[str, str]:
        return {"address": "127.0.0.1", "HTTP_X_FORWARDED_FOR": f"{client}, 198.51.100.7"}

    fail(5, **behind("10.0.0.1"))
    # What the client wrote itself does not help.
    assert attempt(PASSWORD, **behind("10.0.0.2")) == 429
    assert attempt(PASSWORD, address="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9") == 302


@pytest.mark.parametrize(
    ("addresses", "elsewhere"),
    [
        (["198.51.100.7"], "198.51.100.8"),
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::1"], "2001:db8:0:1::1"),
        (["198.51.100.7", "::ffff:198.51.100.7"], "::ffff:198.51.100.8"),
    ],
)
def test_one_address_tries_so_often_a_minute_whatever_the_names(
    settings: Any, addresses: list[str], elsewhere: str
) -> None:
    cache.clear()
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"login_rate_per_minute": 4, "rates_redis_url": ""}
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        tried = [
            attempt("wrong", name=f"name {n}", address=addresses[n % len(addresses)])
            for n in range(6)
        ]
        assert tried == [200, 200, 200, 200, 429, 429]
        assert attempt(PASSWORD, address=addresses[0]) == 429
        assert attempt(PASSWORD, address=elsewhere) == 302
        clock.shift(60)
        assert attempt(PASSWORD, address=addresses[0]) == 302


def test_a_try_beyond_the_rate_is_answered_before_the_password_is_looked_at(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"login_rate_per_minute": 1, "rates_redis_url": ""}
    with time_machine.travel(datetime(2027, 3, 1, 12, 0, 50, tzinfo=UTC), tick=False):
        attempt("wrong")
        looked_at: list[str] = []
        monkeypatch.setattr(User, "check_password", lambda user, raw: looked_at.append(raw))
        answer = Client().post(
            LOGIN, {"username": "ana", "password": PASSWORD}, REMOTE_ADDR="198.51.100.7"
        )
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "11")
    assert "Try again in 11 s." in answer.content.decode()
    assert looked_at == []
