"""The file that says where Kafka is: gsched's ``kafka.properties``, and what a cluster with TLS or
passwords needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jobs.errors import did_you_mean

SERVERS, TOPIC, GROUP = "bootstrap.servers", "job.topic", "consumer.group.id"
# What librdkafka itself is told, by its own names.
CLIENT = frozenset(
    {
        SERVERS, "client.id", "security.protocol", "sasl.mechanism", "sasl.username",
        "sasl.password",
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password",
        "ssl.endpoint.identification.algorithm",
    }
)  # fmt: skip
KNOWN = CLIENT | {TOPIC, GROUP}


class WrongProperties(ValueError):
    """The file cannot be read, or says what is not understood."""


def read_properties(path: Path) -> dict[str, str]:
    """What the file says, by key; raises WrongProperties, which names the file, the line and the
    key.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongProperties(f"{path}: {error}") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if text := line.strip() if not line.lstrip().startswith(("#", "!")) else "":
            key, value = _pair(text, f"{path}, line {number}")
            found[key] = value
    if not found.get(SERVERS):
        raise WrongProperties(f"{path}: {SERVERS} is missing")
    return found


def client_settings(properties: Mapping[str, str]) -> dict[str, str]:
    """What of it a client of the cluster is told."""
    return {key: value for key, value in properties.items() if key in CLIENT}


def _pair(text: str, where: str) -> tuple[str, str]:
    separator = min((mark for mark in "=:" if mark in text), key=text.index, default="")
    if not separator:
        raise WrongProperties(f"{where}: it is not written as key=value")
    key, value = (part.strip() for part in text.split(separator, 1))
    if key not in KNOWN:
        hint = did_you_mean(key, KNOWN) or f"these are: {', '.join(sorted(KNOWN))}"
        raise WrongProperties(f"{where}: the key {key!r} is not known; {hint}")
    return key, value
