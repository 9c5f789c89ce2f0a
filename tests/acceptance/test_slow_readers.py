"""Clients that take their answer slowly: an honest one gets all of it, and none keeps a thread as
long as it likes.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.support.sessions import session_of
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="waits for the deadlines of slow clients")

LOG = 8 * 1024 * 1024  # bytes: more than lies on the way between the two
SEED = f"""
from tests.support.builders import make_job, make_log, make_run
make_log(make_run(make_job(name="talker"), state="succeeded", attempt=1),
    ("0123456789abcde\\n" * {LOG // 16}))
"""
IMPATIENT = "tests.support.impatient.ImpatientWorker"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site("sqlite") as started:
        started.create_admin()
        started.python(SEED)
        yield started


def asking_for_the_log(site: Site) -> socket.socket:
    """A connection on which a file of LOG bytes is to come."""
    (run,) = site.runs("talker")
    address = urlsplit(site.url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    client.settimeout(120)
    client.connect((address.hostname, address.port))
    cookie = f"{settings.SESSION_COOKIE_NAME}={session_of(site, 'admin')}"
    head = (
        f"GET /admin/beatwright/run/{run['id']}/log.txt HTTP/1.1\r\nHost: "
        f"127.0.0.1\r\nCookie: {cookie}\r\n"
    )
    client.sendall(f"{head}Connection: close\r\n\r\n".encode())
    return client


def taken_by(client: socket.socket, pause: float) -> bytes:
    """All that comes to a client that waits before each piece."""
    found = bytearray()
    with client:
        while piece := client.recv(64 * 1024):
            found += piece
            time.sleep(pause)
    return bytes(found)


def test_one_that_takes_a_little_now_and_then_is_given_up(site: Site) -> None:
    site.web(worker=IMPATIENT)
    found = taken_by(asking_for_the_log(site), pause=0.1)
    assert found.startswith(b"HTTP/1.1 200 OK")
    assert len(found) < LOG


@pytest.mark.only_in_all(
    reason="takes longer than a client has for an answer that it does not take; units hold the sum"
)
def test_one_that_takes_it_slowly_and_steadily_gets_all_of_it(site: Site) -> None:
    site.web()
    assert len(taken_by(asking_for_the_log(site), pause=0.4)) > LOG  # fifty seconds and more
