from __future__ import annotations

import pytest

from scheduler_site.config import Config


@pytest.mark.parametrize(
    ("redis_url", "broker_url", "expected"),
    [
        ("", "redis://cache:6379/2", "redis://cache:6379/2"),
        ("redis://cache", "amqp://rabbit", "redis://cache"),
        ("", "amqp://rabbit", ""),
        ("", "redis+socket:///run/a%20b.sock?virtual_host=2", "unix:///run/a%20b.sock?db=2"),
        (
            "",
            "rediss://:word@cache/0?ssl_cert_reqs=CERT_REQUIRED",
            "rediss://:word@cache/0?ssl_cert_reqs=required",
        ),
        ("", "redis://one/0;redis+socket:///run/two", "redis://one/0;unix:///run/two"),
        ("", "sentinel://one:26379;sentinel://two", "sentinel://one:26379;sentinel://two"),
    ],
)
def test_requests_are_counted_in_the_redis_there_is(
    redis_url: str, broker_url: str, expected: str
) -> None:
    assert Config(redis_url=redis_url, celery_broker_url=broker_url).rates_redis_url == expected


def test_the_embedded_redis_is_reached_by_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    config = Config()
    assert config.rates_redis_url == f"unix://{config.socket_path('redis')}"
