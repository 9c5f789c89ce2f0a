"""Does Flower answer on its socket? Asked for by name alone: an installation may do without it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from jobs import conf
from jobs.queries.health.finding import HealthFinding

REMEDY = "start it: celery -A scheduler_site flower --unix-socket=$FLOWER_SOCKET --url-prefix="


def flower(host: str) -> Iterator[HealthFinding]:
    """One request over the unix socket that the console's proxy uses."""
    place = f"{conf.get().url_prefix}/flower".strip("/")
    remedy = f"{REMEDY}{place}"
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            link.connect(str(conf.get().flower_socket))
            link.sendall(f"GET /{place}/healthcheck HTTP/1.0\r\n\r\n".encode())
            is_well = b" 200 " in link.recv(64)
    except OSError as error:
        yield HealthFinding(
            "flower",
            False,
            "does not answer",
            remedy,
            cause=f"{conf.get().flower_socket}: {error.strerror}",
        )
        return
    yield HealthFinding(
        "flower", is_well, "answers" if is_well else "answers with an error", remedy
    )
