"""docker-compose.yml as Compose reads it, with the places of its containers replaced by this
machine's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support.processes import BASE_DIR

FILE = BASE_DIR / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\}")


class Missing(Exception):
    """A required variable is not set; the message is the file's own."""


@dataclass(frozen=True)
class Service:
    """What is run: its words, its variables, and the words of its health check."""

    command: list[str]
    environment: dict[str, str]
    healthcheck: list[str]


def services(variables: Mapping[str, str], places: Mapping[str, str]) -> dict[str, Service]:
    """The services by name.

    ``places`` says what stands here for an address or folder of the containers.
    """
    read = yaml.safe_load(FILE.read_text())["services"]
    return {name: _service(_filled(fields, variables, places)) for name, fields in read.items()}


def _service(fields: dict[str, Any]) -> Service:
    check = fields.get("healthcheck", {}).get("test", ["CMD"])
    return Service(fields.get("command", []), fields.get("environment", {}), check[1:])


def _filled(value: Any, variables: Mapping[str, str], places: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, variables, places) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, variables, places) for inner in value]
    if not isinstance(value, str):
        return value
    text = VARIABLE.sub(lambda found: _value(found, variables), value)
    for container, here in places.items():
        text = text.replace(container, here)
    return text


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    value = variables.get(found["name"], "")
    if value or found["kind"] is None:
        return value
    if found["kind"] == "?":
        raise Missing(found["word"])
    return found["word"]
