"""The commands of docker-compose.yml, started as processes, against a real PostgreSQL and a real
Redis.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support import compose, postgres
from tests.support.eventually import eventually
from tests.support.processes import BASE_DIR, MESSAGE_KEY, Process, clean_environment
from tests.support.redis import free_port, redis_binary

pytestmark = [
    pytest.mark.timeout(480),
    pytest.mark.takes_turns(reason="a minute with all the processes of a deployment"),
]

PASSWORD = "a good password"
STAYING = ("web", "scheduler", "worker", "flower", "grpc")
HELLO = {
    "name": "hello",
    "task": "LogTask",
    "params": {"message": "hello"},
    "schedule": "* * * * * *",
}


class Composition:
    """The services of the file on this machine: ``run`` ends by itself, ``up`` stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = postgres.shared().create_database()
        self.port, self.grpc_port, redis_port = free_port(), free_port(), free_port()
        for name in ("data", "data/static", "sockets", "schedules", "redis"):
            (folder / name).mkdir(mode=0o700)
        (folder / "bin").mkdir()
        (folder / "bin" / "redis-server").symlink_to(redis_binary())
        (folder / "schedules" / "schedule.json").write_text(
            json.dumps({"format": "beatwright/1", "jobs": [HELLO]})
        )
        places = {
            "/var/lib/beatwright": str(folder / "data"),
            "/run/beatwright": str(folder / "sockets"),
            "/etc/beatwright": str(folder / "schedules"),
            "/data": str(folder / "redis"),
            "postgresql://beatwright@postgres:5432/beatwright": postgres.shared().url(
                self.database
            ),
            "redis:6379": f"127.0.0.1:{redis_port}",
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "--host=0.0.0.0": "--host=127.0.0.1",
            "50051": str(self.grpc_port),
        }
        self.services = compose.services(
            {
                "SECRET_KEY": "for tests only",
                "MESSAGE_KEYS": MESSAGE_KEY,
                "POSTGRES_PASSWORD": "unused",
                "REDIS_PASSWORD": "of-redis",
            },
            places,
        )
        self.redis_options = ("--port", str(redis_port), "--bind", "127.0.0.1")
        self.processes: dict[str, Process] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, name: str) -> dict[str, str]:
        path = os.pathsep.join(
            [str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
        dotenv = {"ADMIN_PASSWORD": PASSWORD, "STOP_GRACE_SECONDS": "5"}
        return clean_environment() | dotenv | self.services[name].environment | {"PATH": path}

    def start(self, name: str, *more: str) -> Process:
        environment = self.environment(name)
        words = [*self.services[name].command, *more]
        program = shutil.which(words[0], path=environment["PATH"])
        assert program, words[0]
        self.processes[name] = Process(
            [program, *words[1:]], env=environment, log_path=self.folder / f"{name}.log"
        )
        return self.processes[name]

    def is_healthy(self, name: str) -> bool:
        environment = self.environment(name)
        words = self.services[name].healthcheck
        program = shutil.which(words[0], path=environment["PATH"])
        assert program, words[0]
        done = subprocess.run(
            [program, *words[1:]],
            cwd=BASE_DIR,
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.returncode == 0

    def states(self) -> list[str]:
        with postgres.connect(postgres.shared().socket_dir, self.database) as connection:
            return [
                state
                for (state,) in connection.execute("SELECT state FROM beatwright_run").fetchall()
            ]

    def close(self) -> None:
        for process in self.processes.values():
            process.kill_all()
        postgres.drop_database(postgres.shared().socket_dir, self.database)


@pytest.fixture
def composition(tmp_path: Path) -> Iterator[Composition]:
    started = Composition(tmp_path)
    try:
        yield started
    finally:
        for name, process in started.processes.items():
            print(f"\n--- {name}\n{process.log()[-3000:]}")  # noqa: T201 - pytest shows it where the test fails
        started.close()


def test_the_commands_of_the_compose_file_run_the_product(composition: Composition) -> None:
    composition.start("redis", *composition.redis_options)
    prepared = composition.start("migrate")
    assert prepared.wait(seconds=60) == 0
    for name in STAYING:
        composition.start(name)

    eventually(lambda: "succeeded" in composition.states(), seconds=60)
    for name in STAYING:
        eventually(partial(composition.is_healthy, name), seconds=40, every=1)
    the_console_answers(composition)
    with grpc.insecure_channel(f"127.0.0.1:{composition.grpc_port}") as channel:
        asked = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=60
        )
    assert asked.status == health_pb2.HealthCheckResponse.SERVING

    for name in STAYING:
        assert composition.processes[name].stop(seconds=20) in {0, -15}, name
    assert not composition.is_healthy("scheduler")
    assert not composition.is_healthy("grpc")
    assert composition.processes["redis"].stop() == 0
    assert {
        name: process.members()
        for name, process in composition.processes.items()
        if process.members()
    } == {}


def the_console_answers(composition: Composition) -> None:
    """Behind its login, and Flower behind the same."""
    with httpx.Client(base_url=composition.url, trust_env=False, timeout=60) as visitor:
        assert visitor.get("/flower/").headers["Location"] == "/admin/login/?next=/flower/"
        visitor.get("/admin/login/")
        form = {
            "username": "admin",
            "password": PASSWORD,
            "csrfmiddlewaretoken": visitor.cookies["csrftoken"],
        }
        referer = {"Referer": f"{composition.url}/admin/login/"}
        assert visitor.post("/admin/login/", data=form, headers=referer).status_code == 302
        assert visitor.get("/admin/").status_code == 200
        assert visitor.get("/flower/workers").status_code == 200
