"""How long a client may take over its answer, with a pair of real sockets."""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from scheduler_site.web.pacing import Pace, PacedSocket
from scheduler_site.web.patient_worker import PatientWorker

ANSWER = b"0123456789abcdef" * 64 * 1024  # 1 MB, far more than lies between two sockets
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        yield ours, theirs


def read_all(client: socket.socket, into: bytearray, wait: threading.Event | None = None) -> None:
    while len(into) < len(ANSWER) and (piece := client.recv(8192)):
        into += piece
        if wait:
            wait.wait(0.01)


def drip(client: socket.socket) -> None:
    """Take a little now and then, until there is no more."""
    while client.recv(1024):
        threading.Event().wait(0.01)


def send_in_pieces(paced: PacedSocket) -> None:
    for begin in range(0, len(ANSWER), 1024):
        paced.sendall(ANSWER[begin : begin + 1024])


@pytest.mark.parametrize("as_file", [False, True])
def test_a_client_that_takes_it_slower_than_a_piece_may_last_but_fast_enough_gets_all_of_it(
    pair: Pair, as_file: bool
) -> None:
    ours, theirs = pair
    taken = bytearray()
    reader = threading.Thread(target=read_all, args=(theirs, taken, threading.Event()))
    reader.start()
    # 128 pieces with a hundredth of a second between them: more than the tenth that there is for
    # any answer.
    paced = PacedSocket(ours, Pace(seconds=0.1, slowest=1024))
    if as_file:
        assert paced.sendfile(io.BytesIO(b"skipped" + ANSWER), offset=7, count=len(ANSWER)) == len(
            ANSWER
        )
    else:
        paced.sendall(ANSWER)
    reader.join()
    assert taken == ANSWER


def test_one_that_takes_nothing_is_given_up(pair: Pair) -> None:
    with pytest.raises(BrokenPipeError, match="too slowly"):
        PacedSocket(pair[0], Pace(seconds=0.1, slowest=1024 * 1024)).sendall(ANSWER)


def test_many_pieces_have_no_more_time_than_one(pair: Pair) -> None:
    """A client that takes one piece and waits has the time of all pieces together."""
    ours, theirs = pair
    paced = PacedSocket(ours, Pace(seconds=0.2, slowest=10**9))
    slow = threading.Thread(target=drip, args=(theirs,))
    slow.start()
    with pytest.raises(BrokenPipeError):
        send_in_pieces(paced)
    ours.close()
    slow.join()


def test_the_slower_the_less_time_and_never_more_than_the_longest() -> None:
    pace = Pace(seconds=30, slowest=1024, longest=100)
    assert [pace.allowed(taken) for taken in (0, 10 * 1024, 10**9)] == [30, 40, 100]


def test_tls_of_its_own_is_warned_of_as_the_server_starts(caplog: pytest.LogCaptureFixture) -> None:
    config = Config()
    PatientWorker.check_config(config, logging.getLogger("gunicorn"))
    assert not caplog.records
    config.set("certfile", "here.pem")
    PatientWorker.check_config(config, logging.getLogger("gunicorn"))
    assert "Let a proxy before it speak TLS." in caplog.text
