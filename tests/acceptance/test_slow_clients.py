"""Clients that send nothing, a half, or a byte now and then keep nobody else waiting."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.dts_go import Client
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=5, reason="each opens hundreds of connections or waits for a deadline"),
    pytest.mark.takes_turns(reason="waits for the deadlines of slow clients"),
]

MANY = 60  # connections; the server has four threads
HALF_A_HEAD = b"GET /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a"
HALF_A_BODY = (
    b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
    b"application/x-www-form-urlencoded\r\n"
    b"Content-Length: 5000\r\n\r\nusername=a"
)
WHOLE = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LAST = WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site("sqlite") as started:
        started.create_admin()
        started.web()
        yield started


def connected(site: Site, port: int | None = None) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port or urlsplit(site.url).port or 0), timeout=60)


def read(client: socket.socket, until: bytes) -> bytes:
    """All that comes up to this; or until the other side closes."""
    found = b""
    while until not in found and (piece := client.recv(4096)):
        found += piece
    return found


@pytest.mark.parametrize(
    "sent", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["nothing", "half a head", "half a body"]
)
def test_many_connections_that_send_no_whole_request_keep_nobody_waiting(
    site: Site, sent: bytes
) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(site)) for _ in range(MANY)]
        for client in slow:
            client.sendall(sent)
        for path in ("/readyz", "/admin/login/", "/api/v1/schema/"):
            assert httpx.get(f"{site.url}{path}", timeout=60, trust_env=False).status_code in {
                200,
                401,
            }, path
        # Nobody was answered because the others had been given up: they are all still there.
        for client in slow:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)


def test_many_that_are_answered_and_do_not_close_keep_nobody_waiting(site: Site) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(site)) for _ in range(MANY)]
        for client in clients:
            client.sendall(LAST)
        assert httpx.get(f"{site.url}/livez", timeout=60, trust_env=False).status_code == 200
        # To its end: it is closed all the same.
        assert read(clients[-1], b"nothing").startswith(b"HTTP/1.1 200 OK")


def test_what_is_sent_behind_the_last_request_takes_nothing_of_its_answer(site: Site) -> None:
    with connected(site) as client:
        client.sendall(LAST + b"x" * 300_000)
        assert read(client, b"nothing").endswith(b"}\r\n0\r\n\r\n")


def test_a_request_that_comes_byte_by_byte_is_answered(site: Site) -> None:
    with connected(site) as client:
        for byte in WHOLE:
            client.sendall(bytes([byte]))
        assert read(client, b"}").startswith(b"HTTP/1.1 200 OK")


def test_requests_that_are_sent_ahead_are_answered_in_turn(site: Site) -> None:
    with connected(site) as client:
        client.sendall(WHOLE + WHOLE + LAST[:20])
        client.sendall(LAST[20:])
        assert read(client, b"nothing ends it but the close").count(b"HTTP/1.1 200 OK") == 3


def test_one_that_never_sends_the_rest_is_closed(site: Site) -> None:
    with connected(site) as client:
        client.sendall(HALF_A_HEAD)
        assert read(client, b"nothing") == b""


def test_what_nobody_may_send_is_refused_before_it_is_sent(site: Site) -> None:
    with connected(site) as client:
        client.sendall(HALF_A_BODY.replace(b"5000", b"500000000"))
        assert read(client, b"\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_a_client_that_waits_to_be_told_to_go_on_is_told(site: Site) -> None:
    asks = HALF_A_BODY.replace(
        b"Content-Length: 5000", b"Expect: 100-continue\r\nContent-Length: 12"
    )
    with connected(site) as client:
        client.sendall(asks.removesuffix(b"username=a"))
        assert read(client, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.sendall(b"username=abc")
        assert b"HTTP/1.1 403 " in read(client, b"</html>")


def test_a_large_upload_arrives_whole(site: Site) -> None:
    body = b'{"name": "' + b"x" * 900_000 + b'"}'
    token = site.manage("create_token", "admin", "--name=tests").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = httpx.post(
        f"{site.url}/api/v1/jobs/", content=body, headers=headers, timeout=60, trust_env=False
    )
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["name", "task", "schedule"]


def test_idle_connections_keep_no_call_of_grpc_waiting(site: Site) -> None:
    site.grpc()
    with ExitStack() as stack:
        for number in range(MANY):
            client = stack.enter_context(connected(site, site.grpc_port))
            client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[: number % 25])
        with Client(site.grpc_port) as asking:
            assert list(asking.call("JobService.ListJobs").jobs) == []
