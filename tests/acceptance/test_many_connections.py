"""More connections than may be open, or than there are descriptors: the oldest go, and nobody else
notices.
"""

from __future__ import annotations

import resource
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.support.dts_go import Client
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="hundreds of connections for each")

MOST = 20
ASKS = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
HALF_A_HEAD = ASKS[:20]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site("sqlite") as started:
        yield started


@pytest.fixture
def web(site: Site) -> Iterator[Process]:
    """A server that may have 20 connections open; the process that serves must be the same in the
    end.
    """
    process = site.web(words=("--worker-connections", str(MOST)))
    server = serving(process)
    yield process
    assert serving(process).pid == server.pid, process.log()
    process.kill_all()


def serving(process: Process) -> psutil.Process:
    """gunicorn's worker, of which there is one."""
    [pid] = process.children()
    return psutil.Process(pid)


def connected(site: Site, sent: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", urlsplit(site.url).port or 0), timeout=60)
    client.sendall(sent)
    return client


def lives(site: Site) -> bool:
    return httpx.get(f"{site.url}/livez", timeout=60, trust_env=False).status_code == 200


def answer(client: socket.socket) -> str:
    """The first line of what comes, or that the connection was closed."""
    try:
        return (client.recv(4096).split(b"\r\n")[0] or b"closed").decode()
    except ConnectionError:
        return "closed"


def test_of_too_many_that_ask_nothing_the_oldest_are_closed(site: Site, web: Process) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(site, HALF_A_HEAD)) for _ in range(3 * MOST)]
        assert lives(site)
        assert [answer(client) for client in clients[:MOST]] == ["closed"] * MOST
        assert serving(web).num_fds() < MOST + 30


def test_whoever_has_asked_is_answered_however_many_come_at_once(site: Site, web: Process) -> None:
    with ExitStack() as stack:
        # And the look below is one more.
        waiting = [stack.enter_context(connected(site, HALF_A_HEAD)) for _ in range(MOST - 2)]
        assert lives(site)
        server = serving(web)
        server.send_signal(signal.SIGSTOP)  # so that it meets all of this in one look
        try:
            for client in waiting:
                client.sendall(ASKS[len(HALF_A_HEAD) :])
            late = [stack.enter_context(connected(site, ASKS)) for _ in range(3 * MOST)]
        finally:
            server.send_signal(signal.SIGCONT)
        assert Counter(map(answer, [*waiting, *late])) == {
            "HTTP/1.1 200 OK": len(waiting) + len(late)
        }
        assert lives(site)


def test_the_oldest_is_closed_while_its_next_bytes_are_on_their_way(
    site: Site, web: Process
) -> None:
    with ExitStack() as stack:
        waiting = [stack.enter_context(connected(site, HALF_A_HEAD)) for _ in range(MOST - 2)]
        assert lives(site)
        server = serving(web)
        server.send_signal(signal.SIGSTOP)
        try:
            late = [stack.enter_context(connected(site, HALF_A_HEAD)) for _ in range(MOST)]
            for client in waiting:
                client.sendall(b"X")
        finally:
            server.send_signal(signal.SIGCONT)
        assert lives(site)
        assert "closed" in map(answer, waiting[:1])
        assert late


def test_a_server_without_descriptors_closes_the_oldest_and_goes_on(
    site: Site, web: Process
) -> None:
    server = serving(web)
    usual = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    assert lives(site)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (server.num_fds() + 5, usual[1]))
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(site, HALF_A_HEAD)) for _ in range(MOST - 2)]
        assert answer(clients[0]) == "closed"
        assert lives(site)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, usual)
    eventually(lambda: lives(site), seconds=30)


def test_clients_that_do_not_close_keep_nobody_waiting(site: Site, web: Process) -> None:
    """A server that waited for each of them would be taken for hung, and be replaced."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(site, ASKS)) for _ in range(3 * MOST)]
        assert Counter(map(answer, clients)) == {"HTTP/1.1 200 OK": len(clients)}
        assert lives(site)
        eventually(lambda: serving(web).num_fds() < MOST, seconds=60)


@pytest.mark.only_in_all(reason="a thousand connections; the cases are held with twenty above")
def test_a_thousand_connections_are_served_as_bin_up_starts_the_server(site: Site) -> None:
    web = site.web(threads=8)
    server = serving(web)
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(site)) for _ in range(990)]
        assert lives(site)
        for client in idle:
            client.sendall(ASKS)
        assert Counter(map(answer, idle)) == {"HTTP/1.1 200 OK": 990}
    assert serving(web).pid == server.pid
    web.kill_all()


@pytest.mark.only_in_all(reason="a thousand connections; test_slow_clients.py holds it with sixty")
def test_a_thousand_connections_keep_no_call_of_grpc_waiting(site: Site) -> None:
    server = psutil.Process(site.grpc().pid)
    with ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(socket.create_connection(("127.0.0.1", site.grpc_port), timeout=60))
        with Client(site.grpc_port) as asking:
            assert list(asking.call("JobService.ListJobs").jobs) == []
    assert server.is_running()
