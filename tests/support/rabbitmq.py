"""A real RabbitMQ node (Debian's package) with folders and ports of its own, on 127.0.0.1 alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from kombu import Connection

from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.redis import free_port

# Not the one on PATH, which changes to the user of the system's own service.
BINARIES = Path("/usr/lib/rabbitmq/bin")


def require_rabbitmq() -> None:
    """Without RabbitMQ the test is skipped, in CI it fails."""
    if (BINARIES / "rabbitmq-server").exists():
        return
    if os.environ.get("CI"):
        pytest.fail("RabbitMQ is missing, and CI skips nothing")
    pytest.skip("needs RabbitMQ (Debian, Ubuntu: apt-get install rabbitmq-server)")


class RabbitMQServer:
    """``url`` is what Celery takes.

    What it holds survives ``kill9`` and ``start``, as on a disk.
    """

    def __init__(self, folder: Path, *, management: bool = False) -> None:
        require_rabbitmq()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self._env = os.environ | {
            "HOME": str(folder),  # the cookie
            "RABBITMQ_NODENAME": f"beatwright{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self.management_port = free_port() if management else 0
        if management:
            self._with_management()
        self._names: Process | None = None
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def management_url(self) -> str:
        """The management plugin's API, as Flower takes it."""
        return f"http://guest:guest@127.0.0.1:{self.management_port}/api/"

    def connection(self) -> Connection:
        """A connection of the test's own, to be used in a with statement; what it has published is
        on disk.
        """
        return Connection(self.url, transport_options={"confirm_publish": True})

    def start(self) -> RabbitMQServer:
        """Up in some seconds.

        Erlang's name server is started here, else the node would leave a daemon behind.
        """
        epmd = shutil.which("epmd") or "epmd"
        if self._names is None:
            self._names = Process([epmd], env=self._env, log_path=self.folder / "epmd.log")
        command = [str(BINARIES / "rabbitmq-server")]
        self._process = Process(command, env=self._env, log_path=self.folder / "rabbitmq.log")
        eventually(self._answers, seconds=60, every=0.5)
        return self

    def kill9(self) -> None:
        if self._process:
            self._process.kill_all()
            self._process = None

    def close(self) -> None:
        self.kill9()
        if self._names:
            self._names.kill_all()
            self._names = None

    def _with_management(self) -> None:
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        place = f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.management_port}\n"
        (self.folder / "rabbitmq.conf").write_text(place)
        self._env["RABBITMQ_CONFIG_FILE"] = str(self.folder / "rabbitmq.conf")

    def _answers(self) -> bool:
        if self._process is None or not self._process.is_running:
            raise RuntimeError(
                f"RabbitMQ did not start:\n{self._process.log()[-2000:] if self._process else ''}"
            )
        command = [str(BINARIES / "rabbitmqctl"), "await_startup", "--timeout", "5"]
        return (
            subprocess.run(command, env=self._env, capture_output=True, check=False).returncode == 0
        )
