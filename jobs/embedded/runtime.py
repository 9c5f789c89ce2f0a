"""The whole local runtime, from the first check to the last process gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.management import CommandError
from django.db import OperationalError

from jobs.embedded import first_run, parts, preflight, redis_server
from jobs.embedded.directories import close_to_others, make_private, make_writable
from jobs.embedded.lock import only_instance
from jobs.embedded.part import Part
from jobs.embedded.supervisor import StopRequested, Supervisor
from jobs.embedded.terminal import Terminal

_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Options:
    """What ``up`` was asked for. ``redis_socket`` is None when a broker is configured."""

    site: parts.Site
    redis_socket: Path | None
    admin_password: str


class Runtime:
    """One run of ``up``.

    Raises CommandError or PartDoesNotStart; whatever happens, no process is left.
    """

    def __init__(self, options: Options, terminal: Terminal) -> None:
        self._options = options
        self._terminal = terminal
        self._say = terminal.say
        self._supervisor = Supervisor(
            logs=options.site.data_dir / "logs", say=terminal.say, adopts=True
        )

    def run(self) -> None:
        data_dir = make_writable(self._options.site.data_dir)
        with only_instance(data_dir):
            self._check_ports()
            preflight.check_schedule_files(self._options.site.schedule_files)
            make_private(data_dir / "logs")
            # Nothing is collected here, but whitenoise warns without it.
            (data_dir / "static").mkdir(exist_ok=True)
            make_private(self._options.site.flower_socket.parent)
            self._supervisor.listen()
            try:
                self._start()
                self._supervisor.run()
            except StopRequested:
                pass  # asked to stop while starting: what follows is the same
            finally:
                self._stop()

    def _check_ports(self) -> None:
        site = self._options.site
        named: dict[str, Sequence[int]] = {"PORT": [site.port], "GRPC_PORT": [site.grpc_port]}
        named |= {"ALSO_PORTS": site.also_ports, "ALSO_GRPC_PORTS": site.also_grpc_ports}
        for variable, ports in named.items():
            for port in ports:
                preflight.check_port(port, variable=variable)

    def _start(self) -> None:
        site = self._options.site
        before = close_to_others(site.data_dir)
        self._say(
            "data",
            f"{site.data_dir}{f' (was open to others, mode {before}; closed)' if before else ''}",
        )
        if self._options.redis_socket:
            self._start_parts([self._redis(self._options.redis_socket)])
        self._prepare_database()
        self._supervisor.raise_if_asked_to_stop()
        self._start_parts(
            [
                make(site)
                for make in (parts.web, parts.grpc, parts.scheduler, parts.worker, parts.flower)
            ]
        )
        self._terminal.line(f"ready: {site.address}")

    def _start_parts(self, wanted: Sequence[Part]) -> None:
        """Returns when all are ready; on a slow machine it says now and then for whom it still
        waits.
        """
        late = self._supervisor.start(wanted, timeout_seconds=_PATIENCE_SECONDS)
        while late:
            for name in late:
                self._say(
                    name,
                    f"is not ready yet; its log: {self._options.site.data_dir / 'logs' / name}.log",
                )
            late = self._supervisor.wait(timeout_seconds=_PATIENCE_SECONDS)

    def _redis(self, socket: Path) -> Part:
        server = redis_server.find_server()
        directory = make_private(self._options.site.data_dir / "redis")
        make_private(socket.parent)
        return parts.redis(server, redis_server.write_config(directory, socket), socket)

    def _prepare_database(self) -> None:
        try:
            applied = first_run.migrate()
        except OperationalError as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(f"DATABASE_URL: the database cannot be used ({reason}).") from error
        self._say("database", f"{applied} migrations applied" if applied else "up to date")
        first_run.collect_static_files()
        password = first_run.ensure_admin(self._options.admin_password)
        if password:
            self._say(
                "admin",
                f"user {first_run.ADMIN}, password {password}  (shown this once; "
                "ADMIN_PASSWORD sets another)",
            )

    def _stop(self) -> None:
        grace = self._options.site.stop_grace_seconds
        self._say("up", f"stopping; what runs has {grace:g} s to finish (Ctrl-C again ends it now)")
        self._supervisor.stop(last=["redis"])
        self._say("up", "stopped")
