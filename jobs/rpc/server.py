"""The server: its services, health and reflection, TLS, and an end that lets calls finish."""

from __future__ import annotations

import signal
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from jobs.access.opening import Network, Opening, is_loopback
from jobs.rpc.access import Door
from jobs.rpc.services import SERVICES

THREADS = 8
WAITING = 64  # calls beyond those that run; more are told RESOURCE_EXHAUSTED
MOST_BYTES = 1024 * 1024
STOP_SECONDS = 5.0
LIMITS = (
    ("grpc.max_receive_message_length", MOST_BYTES),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.server_handshake_timeout_ms", 20_000),  # for a connection to say that it speaks HTTP/2
    (
        "grpc.max_connection_idle_ms",
        300_000,
    ),  # one that asks nothing is closed; a client opens another by itself
    ("grpc.so_reuseport", 0),  # else a second server would share the port in silence
)


class CannotServe(RuntimeError):
    """The port is taken, or the certificate is no good."""


@dataclass(frozen=True)
class Options:
    """Where to listen, and how. Port 0 is one that is free, ``also`` are further ones.

    With a certificate, its key is needed as well.
    """

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    also: tuple[int, ...] = ()
    open_on_loopback: bool = False
    open_networks: tuple[Network, ...] = ()

    @property
    def is_local(self) -> bool:
        return self.host == "localhost" or is_loopback(self.host)


class Server:
    """Listens once made; raises CannotServe."""

    def __init__(self, options: Options) -> None:
        on_loopback = options.open_on_loopback and options.is_local
        door = Door(Opening(on_loopback=on_loopback, networks=options.open_networks))
        self._server = grpc.server(
            ThreadPoolExecutor(THREADS, thread_name_prefix="grpc"),
            handlers=[service.handler(door) for service in SERVICES],
            options=LIMITS,
            maximum_concurrent_rpcs=THREADS + WAITING,
        )
        self._health = health.HealthServicer()
        self._describe()
        self.port = self._bind(options, options.port)
        for port in options.also:
            self._bind(options, port)
        self._server.start()

    def run_until_stopped(self) -> None:
        """Serve until SIGTERM or SIGINT; from the main thread alone."""
        stopping = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        stopping.wait()
        self.stop()

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """Take no more calls; those that run have so long to finish."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_seconds).wait()

    def _describe(self) -> None:
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [service.name for service in SERVICES]
        for name in names:
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection(
            [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )

    def _bind(self, options: Options, port: int) -> int:
        host = f"[{options.host}]" if ":" in options.host else options.host
        address = f"{host}:{port}"
        credentials = _credentials(options)
        try:
            if credentials:
                return self._server.add_secure_port(address, credentials)
            return self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise CannotServe(
                f"GRPC_PORT: cannot listen on {address}; set GRPC_PORT to a free one"
            ) from error


def _credentials(options: Options) -> grpc.ServerCredentials | None:
    if not options.certificate and not options.key:
        return None
    if not options.certificate or not options.key:
        raise CannotServe("GRPC_TLS_CERT and GRPC_TLS_KEY are needed together")
    try:
        # gRPC takes any bytes, and fails at the first handshake.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            options.certificate, options.key
        )
        return grpc.ssl_server_credentials(
            [(options.key.read_bytes(), options.certificate.read_bytes())]
        )
    except (OSError, ValueError) as error:
        raise CannotServe(f"GRPC_TLS_CERT, GRPC_TLS_KEY: cannot be used ({error})") from error
