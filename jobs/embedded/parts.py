"""The parts of the runtime: their command lines, and how to see that each of them works."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import httpx
from celery import Celery
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import KombuError

from jobs.embedded import redis_server
from jobs.embedded.part import Part
from jobs.flower.client import FlowerAway, ask_flower
from jobs.models import Leader

# Where the package with this module in it is found.
CODE_DIR = Path(__file__).resolve().parents[__name__.count(".")]
# By its name: it belongs to the composition root, which nobody imports.
PATIENT_WORKER = "scheduler_site.web.patient_worker.PatientWorker"
_LOCAL = httpx.Timeout(2, connect=1)


@dataclass(frozen=True)
class Site:
    """What the parts need to know of the configuration."""

    app: Celery
    data_dir: Path
    flower_socket: Path
    port: int
    url_prefix: str
    grpc_port: int
    also_ports: Sequence[int]
    also_grpc_ports: Sequence[int]
    grpc_is_open: bool
    compat_is_open: bool
    autoscale: str
    stop_grace_seconds: float
    log_level: str
    schedule_files: Sequence[str]

    @property
    def environment(self) -> dict[str, str]:
        # The working directory stays the operator's; the code is found wherever they stand.
        return {
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(CODE_DIR), os.environ.get("PYTHONPATH")])
            ),
            "DATA_DIR": str(self.data_dir),
            "SCHEDULE_FILES": ",".join(self.schedule_files),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def address(self) -> str:
        """The console's."""
        return f"http://127.0.0.1:{self.port}{self.url_prefix}/admin/"

    def celery(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "celery", "-A", "scheduler_site", *arguments]


def redis(server: str, config: Path, socket_path: Path) -> Part:
    answers = partial(redis_server.answers, socket_path)
    return Part("redis", [server, str(config)], answers, grace_seconds=2, answers=answers)


def web(site: Site) -> Part:
    bound = [
        word for port in (site.port, *site.also_ports) for word in ("--bind", f"127.0.0.1:{port}")
    ]
    command = [sys.executable, "-m", "gunicorn", "scheduler_site.wsgi", *bound]
    options = [
        "--worker-class",
        PATIENT_WORKER,
        "--threads",
        "8",
        "--graceful-timeout",
        "4",
        "--no-control-socket",
    ]
    return Part(
        "web",
        [*command, *options],
        partial(_page_answers, site.address),
        # As gRPC below: the older systems' clients send no token over HTTP either.
        env=site.environment | {"COMPAT_OPEN_ON_LOOPBACK": str(site.compat_is_open).lower()},
        grace_seconds=6,
        answers=partial(_lives, site.address),
    )


def grpc(site: Site) -> Part:
    command = [sys.executable, "-m", "django", "grpc_server"]
    # This machine's own programs need no token, as DTS-Go's clients send none; a server that is
    # started alone has not said that it is nobody else's.
    environment = site.environment | {"GRPC_OPEN_ON_LOOPBACK": str(site.grpc_is_open).lower()}
    answers = partial(_port_answers, site.grpc_port)
    return Part("grpc", command, answers, env=environment, grace_seconds=7, answers=answers)


def scheduler(site: Site) -> Part:
    command = site.celery("beat", "--loglevel", site.log_level)
    return Part("scheduler", command, _a_leader_is_alive, env=site.environment)


def worker(site: Site) -> Part:
    # The port tells two runtimes apart that share one host and one broker.
    name = f"worker-{site.port}@{socket.gethostname()}"
    options = ["--autoscale", site.autoscale, "--hostname", name, "--loglevel", site.log_level]
    return Part(
        "worker",
        site.celery("worker", *options),
        partial(_worker_answers, site.app, name),
        env=site.environment,
        # On SIGTERM it lets runs finish within the grace time and then releases the rest, which
        # takes a moment.
        grace_seconds=site.stop_grace_seconds + 2.5,
    )


def flower(site: Site) -> Part:
    place = f"{site.url_prefix}/flower".strip("/")
    address = f"--unix-socket={site.flower_socket}"
    # Read-only twice over: Flower refuses every control call, and our proxy forwards nothing but
    # reads. Its read API is open on the socket, which is ours alone, so that the pages' own refresh
    # button works.
    command = site.celery(
        "flower", address, f"--url-prefix={place}", "--read-only=True", "--max-tasks=10000"
    )
    environment = site.environment | {"FLOWER_UNAUTHENTICATED_API": "true"}
    answers = partial(_flower_answers, site.flower_socket, f"/{place}/healthcheck")
    return Part("flower", command, answers, env=environment, grace_seconds=3, answers=answers)


def _page_answers(address: str) -> bool:
    # Any answer short of a server error will do: ALLOWED_HOSTS or an https redirect may turn
    # 127.0.0.1 away.
    try:
        return not httpx.get(f"{address}login/", timeout=_LOCAL, trust_env=False).is_server_error
    except httpx.HTTPError:
        return False


def _lives(address: str) -> bool:
    """Without a look at the database, which may be away: that is no reason to restart the web
    server.
    """
    try:
        return not httpx.get(
            urljoin(address, "../livez"), timeout=_LOCAL, trust_env=False
        ).is_server_error
    except httpx.HTTPError:
        return False


def _port_answers(port: int) -> bool:
    # No call: a client of gRPC's starts threads, and this process must have none when it forks.
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _flower_answers(socket_path: Path, target: str) -> bool:
    try:
        ask_flower(socket_path, "GET", target, {}, timeout=1).close()
    except FlowerAway:
        return False
    return True


def _worker_answers(app: Celery, name: str) -> bool:
    # A connection of its own each time: one that is kept would be the old broker's after a restart
    # of Redis.
    with app.connection_for_write() as broker:
        away: tuple[type[BaseException], ...] = (
            *broker.recoverable_connection_errors,
            KombuError,
            OSError,
        )
        try:
            return bool(app.control.ping(destination=[name], timeout=0.5, connection=broker))
        except away:
            return False


def _a_leader_is_alive() -> bool:
    try:
        return Leader.objects.filter(expires_at__gt=timezone.now()).exists()
    except DatabaseError:
        return False
    finally:
        # asked rarely: one that is kept would not survive a restart of the database
        connection.close()
