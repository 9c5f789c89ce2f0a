"""The process that hands one message to apprise: reads an order in JSON, prints what came of it."""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
import sys
from importlib import import_module
from typing import Any

from jobs.notices.channels.apprise_codes import KNOWN, REFUSED, SENT
from tasks.egress import is_public, parse_allowed

LOOK_UP = socket.getaddrinfo
INSIDE = "%s is not on the public Internet; HTTP_ALLOW_HOSTS must name it"


def main() -> int:
    """SENT where the service took it, REFUSED where not, KNOWN where there is nothing to send;
    prints the last warning.
    """
    order = json.load(sys.stdin)
    guard(order["allow"])
    apprise = import_module("apprise")  # once it is guarded
    said = _Said()
    apprise.logger.addHandler(said)
    one = apprise.Apprise()
    is_known = one.add(order["address"])
    if "body" not in order:
        return KNOWN if is_known else REFUSED
    is_sent = is_known and one.notify(title=order["title"], body=order["body"])
    print("sent" if is_sent else said.last)  # noqa: T201 - what the caller reads
    return SENT if is_sent else REFUSED


def guard(allow: list[str]) -> None:
    """Let no library of this process find an address that outgoing requests may not reach."""

    allowed = [parse_allowed(entry) for entry in allow]

    def looked_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        vetted = [
            answer
            for answer in LOOK_UP(host, port, *args, **options)
            if is_public(address := ipaddress.ip_address(answer[4][0]))
            or any(entry.admits(name, address, int(answer[4][1])) for entry in allowed)
        ]
        if not vetted:
            logging.getLogger("apprise").warning(INSIDE, name)
            raise socket.gaierror(socket.EAI_FAIL, INSIDE % name)
        return vetted

    socket.getaddrinfo = looked_up


class _Said(logging.Handler):
    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.last = record.getMessage()


if __name__ == "__main__":
    sys.exit(main())
