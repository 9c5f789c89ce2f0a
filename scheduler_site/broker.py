"""The broker's URLs and options, and where Kafka is, read once for every process.

What cannot work is refused by name before any starts.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

from jobs.dispatch.brokers.choice import is_rabbitmq, is_redis, is_sentinel
from jobs.dispatch.brokers.levels import LEVELS, TOP
from jobs.kafka.properties import WrongProperties, read_properties
from scheduler_site.config import Config

KAFKA = (
    "Kafka cannot be the broker, because it has no priorities and cannot be asked for one message;"
    " use Redis or RabbitMQ, and read and write Kafka topics with kafka_consume and the task "
    "KafkaProduce"
)
# They live in one process's memory or folder: what a scheduler sends there, no worker of another
# process hears.
PRIVATE = ("memory", "filesystem", "pyro")


def broker_url(config: Config) -> str:
    """The URL, or the list of them with semicolons; raises ImproperlyConfigured."""
    url, variable = (
        config.broker_url,
        "CELERY_BROKER_URL" if config.celery_broker_url else "REDIS_URL",
    )
    urls = [part.strip() for part in url.split(";") if part.strip()]
    for problem in filter(None, (*map(_problem, urls), _mixed(urls), _sentinel(urls, config))):
        raise ImproperlyConfigured(f"{variable}: {problem}.")
    return ";".join(urls)


def transport_options(config: Config) -> dict[str, Any]:
    """What kombu's transport is told: ours for Redis, and the operator's, which win."""
    url = broker_url(config)
    ours: dict[str, Any] = {}
    if is_redis(url):
        ours = {"socket_timeout": 5, "socket_connect_timeout": 2, "health_check_interval": 10}
        ours["priority_steps"] = list(LEVELS)
        ours["socket_keepalive"] = "+socket" not in url
    return ours | config.broker_transport_options


def max_priority(config: Config) -> int | None:
    """What queues are declared with on RabbitMQ; elsewhere there is no such thing."""
    return TOP if is_rabbitmq(broker_url(config)) else None


def kafka_properties(config: Config) -> dict[str, str]:
    """What KAFKA_PROPERTIES says, empty without it; raises ImproperlyConfigured."""
    if config.kafka_properties is None:
        return {}
    try:
        return read_properties(config.kafka_properties)
    except WrongProperties as error:
        raise ImproperlyConfigured(f"KAFKA_PROPERTIES: {error}.") from None


def _problem(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    if scheme in {"kafka", "confluentkafka"}:
        return KAFKA
    shown = f"{scheme}://…" if separator else "a part of it"
    if not separator:
        return "a part of it has no scheme, such as redis://"
    if scheme.partition("+")[0] not in TRANSPORT_ALIASES:
        return f"Celery knows no broker {shown}"
    if scheme in PRIVATE:
        return f"{shown} cannot be shared by several processes"
    return _wrong_address(url, scheme) if "+socket" not in scheme else ""


def _wrong_address(url: str, scheme: str) -> str:
    problem, told = _problem_of_address(url)
    if (
        problem and "@" in url
    ):  # a password with a / or a # in it ends up in what Python and we say of the rest
        told = "; in a name or a password, %2F stands for / and %23 for #"
    return f"{scheme}://… {problem}{told}" if problem else ""


def _problem_of_address(url: str) -> tuple[str, str]:
    """What is wrong, and what that is said of; both empty if nothing is."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return "has no such address", f" ({error})"
    if (
        "@" in parts.path and "@" not in parts.netloc
    ):  # what looks like a host and a port are a name and half a password
        return "has no such address", ""
    database = parts.path.strip("/")
    if is_redis(url) and database and not database.isdecimal():
        return "ends in the number of a database", f", not in {database!r}"
    return "", ""


def _mixed(urls: list[str]) -> str:
    kinds = {
        ("sentinel" if is_sentinel(url) else "Redis" if is_redis(url) else "other") for url in urls
    }
    return "the brokers of a list must be of one kind" if len(kinds) > 1 else ""


def _sentinel(urls: list[str], config: Config) -> str:
    if not (urls and is_sentinel(urls[0])) or config.broker_transport_options.get("master_name"):
        return ""
    return (
        'sentinel:// needs the name of the master: BROKER_TRANSPORT_OPTIONS={"master_name": '
        '"mymaster"}'
    )
