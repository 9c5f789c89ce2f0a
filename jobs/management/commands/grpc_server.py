"""``manage.py grpc_server``: DTS-Go's gRPC services, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs import conf
from jobs.access.opening import networks_in
from jobs.database import sessions
from jobs.database.deadlines import answer_within
from jobs.logs import stream
from jobs.management.plain import PlainCommand
from jobs.rpc.server import CannotServe, Options, Server


class Command(PlainCommand):
    help = "Serve gRPC on GRPC_PORT, with TLS where GRPC_TLS_CERT and GRPC_TLS_KEY name files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        config = conf.get()
        where = Options(
            host=options["host"],
            port=config.grpc_port,
            certificate=config.grpc_tls_cert,
            key=config.grpc_tls_key,
            also=tuple(config.also_grpc_ports),
            open_networks=networks_in(config.compat_open_networks),
            open_on_loopback=bool(config.grpc_open_on_loopback),
        )
        try:
            server = Server(where)
        except CannotServe as error:
            raise CommandError(str(error)) from error
        if not where.is_local and where.certificate is None:
            self.stderr.write(
                "warning: tokens cross the network in the clear; GRPC_TLS_CERT and "
                "GRPC_TLS_KEY are not set"
            )
        self.stdout.write(
            f"gRPC on {', '.join(f'{where.host}:{port}' for port in (server.port, *where.also))}"
        )
        self.stdout.flush()
        answer_within(60)
        sessions.requests_are_answered_here()
        stream.make_patient()
        server.run_until_stopped()
