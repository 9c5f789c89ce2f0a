"""Which brokers can be used; every other is refused by name before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from scheduler_site.broker import broker_url, transport_options
from scheduler_site.config import Config

MASTER = {"master_name": "ours"}


def config(url: str, **options: Any) -> Config:
    return Config(celery_broker_url=url, broker_transport_options=options)


@pytest.mark.parametrize(
    "url",
    [
        "redis://one",
        "redis://:secret@one:6379/3",
        "rediss://one:6380/0?ssl_cert_reqs=required",
        "redis://one/0;redis://two/0",
        "redis+socket:///run/redis.sock?virtual_host=2",
        "redis+socket:///run/a.sock;redis://two:6379/1",
        "amqp://user:password@rabbit:5672//;amqp://other//",
        "amqps://rabbit/name",
        "sqs://key:secret@",
    ],
)
def test_these_are_taken_as_they_are(url: str) -> None:
    assert broker_url(config(url)) == url


def test_sentinels_are_taken_with_the_name_of_their_master() -> None:
    url = "sentinel://one:26379;sentinel://two:26379/0"
    assert broker_url(config(url, **MASTER)) == url
    assert transport_options(config(url, **MASTER))["master_name"] == "ours"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("localhost:6379", "a part of it has no scheme, such as redis://"),
        ("redis://one;two", "a part of it has no scheme"),
        ("reddis://one", "Celery knows no broker reddis://…"),
        ("memory://", "memory://… cannot be shared by several processes"),
        ("redis://one:port/0", "has no such address"),
        ("redis://one/zero", "ends in the number of a database, not in 'zero'"),
        ("redis://one;amqp://two", "the brokers of a list must be of one kind"),
        ("sentinel://one;redis://two", "the brokers of a list must be of one kind"),
        ("sentinel://one:26379", "needs the name of the master"),
    ],
)
def test_what_cannot_work_is_refused_by_name(url: str, told: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        broker_url(config(url))
    assert str(refusal.value).startswith("CELERY_BROKER_URL: ")
    assert told in str(refusal.value)


def test_a_refusal_shows_no_password() -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        broker_url(config("redis://:secret@one/zero"))
    assert "secret" not in str(refusal.value)


def test_the_operators_options_win_over_ours() -> None:
    told = transport_options(config("redis://one", socket_timeout=30, global_keyprefix="ours:"))
    assert (told["socket_timeout"], told["global_keyprefix"], told["health_check_interval"]) == (
        30,
        "ours:",
        10,
    )
    assert transport_options(config("amqp://one", confirm_publish=True)) == {
        "confirm_publish": True
    }


@pytest.mark.parametrize("secret", ["hunter/2", "hunter#2", "hunter?2", "1/hunter"])
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_password_that_makes_a_url_wrong_is_not_quoted(scheme: str, secret: str) -> None:
    """Whoever reads the log of a process that did not start is not told the beginning of a
    password.
    """
    with pytest.raises(ImproperlyConfigured) as refusal:
        broker_url(config(f"{scheme}://ann:{secret}@rabbit/0"))
    assert "hunter" not in str(refusal.value)
    assert "%2F stands for /" in str(refusal.value)
