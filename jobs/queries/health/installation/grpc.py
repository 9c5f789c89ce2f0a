"""Does the gRPC server of this machine answer? Asked for by name alone: an installation may do
without it.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from jobs import conf
from jobs.queries.health.finding import HealthFinding

# How HTTP/2 begins: the client's preface and its empty SETTINGS; the server's first frame is its
# own SETTINGS.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
HEADER, SETTINGS = 9, 4
SECONDS = 2
REMEDY = "start it: manage.py grpc_server"


def grpc(host: str) -> Iterator[HealthFinding]:
    """One connection to GRPC_PORT, over TLS where a certificate is set: whether it is valid is the
    clients' to say.
    """
    port = conf.get().grpc_port
    try:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as plain, _link(plain) as link:
            link.sendall(PREFACE)
            answer = link.recv(HEADER)
    except OSError as error:
        yield HealthFinding(
            "grpc",
            False,
            f"does not answer on port {port}",
            REMEDY,
            cause=error.strerror or str(error),
        )
        return
    is_well = len(answer) == HEADER and answer[3] == SETTINGS
    yield HealthFinding(
        "grpc",
        is_well,
        "answers" if is_well else f"the service on port {port} is not a gRPC server",
        REMEDY,
    )


def _link(plain: socket.socket) -> socket.socket:
    if not conf.get().grpc_tls_cert:
        return plain
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(plain)
