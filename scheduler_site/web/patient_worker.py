"""gunicorn's threaded worker, with patience: a thread is given requests that have come in whole,
and nothing else.

gunicorn's own gives a connection to a thread at its first byte, and the thread then reads for as
long as the client takes to send the rest: as many half-sent requests as there are threads, and
nobody is answered. Here the loop that accepts connections gathers what they send, in memory and
then in a file, until a request is whole or its time is up.

    gunicorn scheduler_site.wsgi --threads 8 \\
        --worker-class scheduler_site.web.patient_worker.PatientWorker
"""

from __future__ import annotations

import errno
import resource
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn import http, util
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from scheduler_site.gathering import HEAD_SECONDS, Gathering
from scheduler_site.web.lingering import Lingering
from scheduler_site.web.pacing import Pace, PacedSocket

PIECE = 64 * 1024
MOST_TOGETHER = 512 * 1024 * 1024  # bytes that are gathered at one time, of all requests
REST_SECONDS = 30.0  # for what a thread still reads
# What the kernel takes off a thread's hands at once, as far as it allows.
ANSWER_BUFFER = 1024 * 1024
NO_DESCRIPTOR = {errno.EMFILE, errno.ENFILE}
OTHER_DESCRIPTORS = 200  # the server's own, the databases', and what answers open
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
OWN_TLS = (
    "certfile is set: with TLS of its own gunicorn gives a thread to each connection, so slow "
    "clients keep all others "
    "waiting. Let a proxy before it speak TLS."
)


class Gathered(SocketUnreader):
    """What gunicorn's parser reads from: the bytes that were gathered, then the socket."""

    def __init__(self, conn: Any, gathering: Gathering) -> None:
        super().__init__(conn.sock)
        self._file = gathering.file
        self._file.seek(0)

    def chunk(self, size_hint: int | None = None) -> bytes:
        wanted = max(size_hint or 0, self.mxchunk)
        found: bytes = self._file.read(min(wanted, self.max_body_chunk))
        return found or super().chunk(size_hint)

    def close(self) -> None:
        self._file.close()

    def left(self) -> bytes:
        """What has come beyond the request that was read."""
        rest: bytes = self.take_buffered() + self._file.read()
        return rest


class PatientWorker(ThreadWorker):
    """Connections that send nothing, little or slowly take no thread; past their time, or beyond
    the number that may be open, the oldest of them are closed. A client has its ``pace`` to take
    an answer at.
    """

    pace = Pace()

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Called once, as gunicorn starts."""
        super().check_config(cfg, log)
        if cfg.is_ssl:
            log.warning(OWN_TLS)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._gatherings: dict[Any, Gathering] = {}
        self._together = 0  # bytes of all of them
        self._looked_at = 0.0
        self._lingering = Lingering(self._one_less)

    def accept(self, listener: socket.socket) -> None:
        if (
            self.cfg.is_ssl
        ):  # whose bytes are not the request's: gunicorn's own way, for whoever asks for it
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in NO_DESCRIPTOR:
                self._make_room()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return
        self.nr_conns += 1
        if client.family in {socket.AF_INET, socket.AF_INET6}:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ANSWER_BUFFER)
        self._gather(TConn(self.cfg, client, address, listener.getsockname()))
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def init_process(self) -> None:
        """Each connection takes a descriptor, and a second one while a long request of it is
        gathered.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * self.worker_connections + OTHER_DESCRIPTORS
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        super().init_process()

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """A connection that was kept alive sends its next request."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._gather(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """gunicorn's own, but for what a client has sent ahead of its next request, and for a
        client that is slow to close.
        """
        result = not fs.cancelled() and fs.exception() is None and fs.result()
        unreader = conn.parser.unreader if result is True else None
        if not result and not self.cfg.is_ssl:
            self._lingering.add(self.poller, conn.sock)
        elif isinstance(unreader, Gathered) and (left := unreader.left()):
            self._gather(conn, left)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Called by the loop each time round, at least once a second."""
        super().murder_pending()
        now = time.monotonic()
        if now < self._looked_at + 1:
            return
        self._looked_at = now
        for late in [
            each for each in self._gatherings.values() if each.deadline < now or not self.alive
        ]:
            self._drop(late)
        self._lingering.end(self.poller, late=now if self.alive else None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Runs in a thread: whatever is still sent or read there has its time too."""
        sock = conn.sock
        sock.settimeout(REST_SECONDS)
        conn.sock = PacedSocket(sock, self.pace)
        try:
            return super().handle_request(req, conn)
        finally:
            conn.sock = sock
            sock.settimeout(REST_SECONDS)

    def _gather(self, conn: Any, left: bytes = b"") -> None:
        conn.sock.setblocking(False)
        now = time.monotonic()
        gathering = self._gatherings[conn] = Gathering(conn, now, now + HEAD_SECONDS)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_bytes, gathering))
        if left:
            self._take(gathering, left)

    def _make_room(self) -> None:
        """Close the connection that has been waited for longest; one whose request is there by now
        is served.
        """
        if self._lingering.end(self.poller, at_most=1):
            return
        for gathering in list(self._gatherings.values()):
            self._on_bytes(gathering, gathering.conn.sock)
            if gathering.conn in self._gatherings:
                self._drop(gathering)
                return

    def _on_bytes(self, gathering: Gathering, client: socket.socket) -> None:
        if self._gatherings.get(gathering.conn) is not gathering:
            return  # dropped since the loop was told of its bytes, to make room for another
        try:
            data = client.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data or self._together + len(data) > MOST_TOGETHER:
            self._drop(gathering)
            return
        try:
            self._take(gathering, data)
        except OSError as error:  # no room on the disk, or no descriptor for a file
            self.log.error("a request cannot be gathered: %s", error)
            self._drop(gathering)

    def _take(self, gathering: Gathering, data: bytes) -> None:
        self._together += len(data)
        gathering.add(data)
        if gathering.is_too_large:
            self._say(gathering, TOO_LARGE)
            self._drop(gathering)
        elif gathering.is_whole:
            self._hand_over(gathering)
        elif gathering.expects:
            gathering.expects = False
            self._say(gathering, GO_ON)

    def _hand_over(self, gathering: Gathering) -> None:
        """To a thread, which finds all of it there."""
        conn = gathering.conn
        self._forget(gathering)
        if conn.parser is None:
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        elif isinstance(conn.parser.unreader, Gathered):
            conn.parser.unreader.close()
        conn.parser.unreader = Gathered(conn, gathering)
        conn.initialized = conn.data_ready = True
        self.enqueue_req(conn)

    def _say(self, gathering: Gathering, answer: bytes) -> None:
        try:
            gathering.conn.sock.send(answer)
        except OSError:
            return

    def _forget(self, gathering: Gathering) -> None:
        del self._gatherings[gathering.conn]
        self._together -= gathering.size
        self.poller.unregister(gathering.conn.sock)

    def _drop(self, gathering: Gathering) -> None:
        self._forget(gathering)
        gathering.file.close()
        self.nr_conns -= 1
        util.close(gathering.conn.sock)

    def _one_less(self) -> None:
        self.nr_conns -= 1
