from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import connections

from jobs.access.roles import Role
from jobs.rpc.server import Options, Server
from tests.support.api import Api
from tests.support.dts_go import Client


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Start servers on free ports, in threads of this process; the fields are those of Options."""
    # The threads' own connections end with each call, so that none holds the test's database at its
    # end.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    started: list[Server] = []

    def start(**options: Any) -> Server:
        started.append(Server(Options(**options)))
        return started[-1]

    yield start
    for server in started:
        server.stop(0)


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """One that is open to this machine."""
    return serve(open_on_loopback=True)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A client of DTS-Go as it is: without a token."""
    with Client(server.port) as started:
        yield started


@pytest.fixture
def with_role(server: Server) -> Iterator[Callable[..., Client]]:
    """Clients with a token of somebody in a role, or in none; ``tags`` limit it to jobs that carry
    one of them.
    """
    started: list[Client] = []

    def start(role: Role | None, *, tags: Sequence[str] = ()) -> Client:
        started.append(Client(server.port, token=Api(role or "", tags=tags).secret))
        return started[-1]

    yield start
    for each in started:
        each.channel.close()
