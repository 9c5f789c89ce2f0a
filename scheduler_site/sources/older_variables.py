"""The environment variables of DTS-Go and GoDispatch, as our settings; and names that are almost
one of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

HTTP_PORTS = (
    "SERVER_PORT", "JOB_SERVICE_HTTP_PORT", "SCHEDULER_SERVICE_HTTP_PORT",
    "EXECUTION_SERVICE_HTTP_PORT",
)  # fmt: skip
GRPC_PORTS = (
    "JOB_SERVICE_GRPC_PORT", "SCHEDULER_SERVICE_GRPC_PORT", "SCHEDULER_SERVICE_PORT",
    "EXECUTION_SERVICE_GRPC_PORT",
    "EXECUTION_SERVICE_PORT",
)  # fmt: skip
REDIS = "REDIS_ADDRESS"
# What they stand for is not here: the database and the broker have names of their own.
NOT_READ = ("KAFKA_BROKERS", "JOB_SERVICE_ADDR", "JOB_SERVICE_HOST")
NEAR = 0.87

Variables = Mapping[str, str | None]


def settings_in(variables: Variables, taken: Collection[str]) -> dict[str, Any]:
    """Settings by their names, of the variables that are set; one that is ``taken`` keeps its own
    value.
    """
    found: dict[str, Any] = {}
    for setting, also, names in (
        ("port", "also_ports", HTTP_PORTS),
        ("grpc_port", "also_grpc_ports", GRPC_PORTS),
    ):
        ports = list(
            dict.fromkeys(
                value.removeprefix(":") for name in names if (value := variables.get(name))
            )
        )
        if ports and setting not in taken:
            found[setting], *ports = ports
        if ports:
            found[also] = ports
    if address := variables.get(REDIS):
        found["redis_url"] = f"redis://{address}/0"
    return found


def notes_on(variables: Variables, known: Collection[str]) -> Iterator[str]:
    """What of these variables is not read although their owner may think so."""
    ours = {name.upper() for name in known}
    for name in variables:
        if (name in NOT_READ or name.startswith("CASSANDRA_")) and name not in ours:
            yield (
                f"{name} is not read here: DATABASE_URL and REDIS_URL say where the database "
                "and the broker are"
            )
        elif "_" in name and name.upper() not in ours and (near := _near(name, ours)):
            yield f"{name} is not a setting; did you mean {near}?"


def _near(name: str, known: Collection[str]) -> str:
    """A setting that is written almost so; other programs put a word of their own in front, as pip
    does.
    """
    found = difflib.get_close_matches(name.upper(), known, n=1, cutoff=NEAR)
    return found[0] if found and found[0][0] == name[0].upper() else ""
