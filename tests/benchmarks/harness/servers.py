"""A PostgreSQL and a Redis of the benchmark's own, as an installation has them, and the processes
it starts.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import redis

from tests.benchmarks.harness.progress import tell
from tests.support import postgres
from tests.support.databases import migrate
from tests.support.processes import BASE_DIR, PYTHON, SET_UP, Process, clean_environment
from tests.support.redis import RedisServer

# A commit is on the disk when it is answered, as everybody's who means it.
DURABLE = "fsync = on\nsynchronous_commit = on\nmax_connections = 100\nshared_buffers = 256MB\n"


class Servers:
    """Both, and a folder for logs; everything is gone when the block ends. ``ours`` is a migrated
    template.
    """

    def __init__(self, *, ours: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bw-bench-"))
        self.redis = RedisServer(self.folder / "redis", tcp=True)
        self.postgres = postgres.PostgresServer(DURABLE)
        self._processes: list[Process] = []
        self._numbers = itertools.count(1)
        self._template = ""
        self._migrates = ours

    def __enter__(self) -> Self:
        self.redis.start()
        if self._migrates:
            tell("making the tables")
            self._template = self.postgres.create_database()
            migrate(self.postgres.url(self._template))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end_processes()
        self.redis.stop()
        self.postgres.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self) -> str:
        """The name of a new one with our tables."""
        return self.postgres.create_database(self._template)

    def empty_database(self) -> str:
        return self.postgres.create_database()

    def url(self, database: str) -> str:
        return self.postgres.url(database)

    def drop(self, database: str) -> None:
        postgres.drop_database(self.postgres.socket_dir, database)

    def client(self) -> redis.Redis:
        return self.redis.client()

    def postgres_pids(self) -> list[int]:
        """Of the server and of all that it has started."""
        return _family(self.postgres.pid)

    def redis_pids(self) -> list[int]:
        return _family(self.redis.pid)

    def version(self) -> dict[str, str]:
        with self.client() as client, postgres.connect(self.postgres.socket_dir) as connection:
            told: Any = client.info("server")
            row = connection.execute("SHOW server_version").fetchone()
        return {"Redis": str(told["redis_version"]), "PostgreSQL": str(row and row[0])}

    def start(
        self, command: Sequence[str], env: Mapping[str, str], name: str, *, cwd: Path = BASE_DIR
    ) -> Process:
        """A process that stays until ``end_processes``."""
        log = self.folder / f"{next(self._numbers)}-{name}.log"
        process = Process(command, env=env, log_path=log, cwd=cwd)
        self._processes.append(process)
        return process

    def run(
        self, command: Sequence[str], env: Mapping[str, str], name: str, *, seconds: float = 300
    ) -> str:
        """A process to its end; raises RuntimeError with its output if that is not a good one."""
        process = self.start(command, env, name)
        if process.wait(seconds=seconds):
            raise RuntimeError(f"{name} failed:\n{process.log()[-4000:]}")
        return process.log()

    def end_processes(self) -> None:
        for process in self._processes:
            process.kill_all()
        self._processes.clear()

    def our_environment(self, database: str, **variables: str) -> dict[str, str]:
        """For any process of ours on this database and this broker."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        return clean_environment() | {
            "DATA_DIR": str(data),
            "DATABASE_URL": self.url(database),
            "CELERY_BROKER_URL": self.redis.url,
            **variables,
        }


def _family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def our_python(code: str) -> list[str]:
    """A program with Django set up."""
    return [PYTHON, "-c", f"{SET_UP}\n{code}"]
