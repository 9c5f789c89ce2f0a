"""A whole Beatwright of the test's own: database, broker, data folder, and any number of real
processes.

    with Site(database="postgresql", tuning={"reconcile_seconds": 1}) as site:
        site.manage("import_schedule", "jobs.json")
        scheduler, worker = site.scheduler(), site.worker()
        eventually(lambda: site.runs(state="succeeded"), seconds=30)
        scheduler.kill9()

Everything it started is gone when the block ends; on an error its logs are printed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support import databases
from tests.support.eventually import eventually, patient
from tests.support.kafka import KafkaCluster
from tests.support.postgres import PostgresServer
from tests.support.processes import BASE_DIR, PYTHON, SET_UP, Process, clean_environment
from tests.support.redis import RedisServer, free_port

PATIENT_WORKER = "scheduler_site.web.patient_worker.PatientWorker"
LOG_TAIL = 6_000


class Site:
    """``database``: sqlite or postgresql, migrated and empty.

    ``tuning`` overrides the engine's numbers (jobs.conf).

    ``postgres``: a server of the test's own instead of the run's, so that it may be stopped.
    ``broker_url``: instead of the site's own Redis, which is ``site.redis`` (on a port where
    ``redis_tcp`` is set, else on a socket). ``env`` holds further variables for all of its
    processes.
    """

    def __init__(
        self,
        database: str = "sqlite",
        *,
        tuning: Mapping[str, float] | None = None,
        env: Mapping[str, str] | None = None,
        postgres: PostgresServer | None = None,
        broker_url: str = "",
        redis_tcp: bool = False,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bw-site-"))
        self.data_dir = self.folder / "data"
        self.data_dir.mkdir()
        self.redis = RedisServer(self.folder / "redis", tcp=redis_tcp)
        self._embeds_redis = not broker_url
        self._database = databases.make(database, self.data_dir, postgres)
        self._processes: list[Process] = []
        self._port = self.grpc_port = 0
        self.env = clean_environment() | {
            "DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self._database.url,
            "CELERY_BROKER_URL": broker_url or self.redis.url,
            "TUNING": json.dumps(dict(tuning or {})),
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        }

    def __enter__(self) -> Self:
        if self._embeds_redis:
            self.redis.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.kill_all()
        if error is not None:
            self._print_logs()
        self.redis.stop()
        self._database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- Commands ---

    def manage(self, *words: str, check: bool = True, seconds: float = 60) -> str:
        """Run a management command to its end and return what it printed; unless ``check``, errors
        as well.
        """
        return self._run([PYTHON, "manage.py", *words], check=check, seconds=seconds)

    def python(
        self, code: str, *, seconds: float = 60, env: Mapping[str, str] | None = None
    ) -> str:
        """Run ``code`` in a process with Django set up and return what it printed."""
        return self._run([PYTHON, "-c", f"{SET_UP}\n{code}"], seconds=seconds, env=env)

    def _run(
        self,
        command: list[str],
        *,
        seconds: float,
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> str:
        done = subprocess.run(
            command, cwd=BASE_DIR, env=self.env | dict(env or {}), capture_output=True, text=True,
            timeout=patient(seconds), check=False,
        )  # fmt: skip
        if not check:
            return done.stdout + done.stderr
        assert done.returncode == 0, (
            f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    # --- Processes ---

    def start(self, *words: str, name: str = "", env: Mapping[str, str] | None = None) -> Process:
        """Start a management command that stays, such as ``up``; its output goes to a log of its
        own.
        """
        return self._start([PYTHON, "manage.py", *words], name=name or words[0], env=env)

    def scheduler(self, *words: str, env: Mapping[str, str] | None = None) -> Process:
        """A scheduler that has started its loop; further ``words`` go to ``celery beat``."""
        process = self._start([*_celery("beat"), *words], name="scheduler", env=env)
        process.wait_for_log("beat: Starting")
        return process

    def worker(
        self, *words: str, env: Mapping[str, str] | None = None, wait: bool = True
    ) -> Process:
        """A worker with two processes unless ``words`` say otherwise (``--autoscale=4,1``), ready
        to work.
        """
        number = len(self._processes)
        words = words or ("--concurrency=2",)
        process = self._start(
            [*_celery("worker"), "--hostname", f"w{number}@test", *words], name="worker", env=env
        )
        if wait:
            process.wait_for_log(" ready.")
        return process

    def kafka(self) -> KafkaCluster:
        """A cluster that the processes started from now on find."""
        self.cluster = KafkaCluster(self.folder / "kafka")
        self._processes.append(self.cluster.process)
        self.env["KAFKA_PROPERTIES"] = str(self.cluster.properties())
        return self.cluster

    @property
    def flower_socket(self) -> Path:
        """Where the web server looks for Flower."""
        folder = self.data_dir / "flower"
        folder.mkdir(exist_ok=True)
        return folder / "flower.sock"

    def flower(self, prefix: str = "") -> Process:
        """Flower behind the console's proxy, answering."""
        place = f"{prefix}/flower".strip("/")
        words = (f"--unix-socket={self.flower_socket}", f"--url-prefix={place}", "--read-only=True")
        process = self._start([*_celery("flower"), *words], name="flower")
        eventually(self.flower_socket.exists, seconds=60)
        return process

    def web(
        self,
        *,
        threads: int = 4,
        worker: str = PATIENT_WORKER,
        words: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """gunicorn on a free port, answering; its address is ``site.url``."""
        self._port = free_port()
        place = [
            "--bind",
            f"127.0.0.1:{self._port}",
            "--threads",
            str(threads),
            "--no-control-socket",
        ]
        place += ["--worker-class", worker, *words]
        process = self._start(
            [PYTHON, "-m", "gunicorn", "scheduler_site.wsgi", *place], name="web", env=env
        )
        eventually(lambda: self._web_answers(process), seconds=30)
        return process

    def grpc(self, **env: str) -> Process:
        """The gRPC server on a free port, ``site.grpc_port``, open to this machine unless ``env``
        says otherwise.
        """
        self.grpc_port = free_port()
        variables = {"GRPC_PORT": str(self.grpc_port), "GRPC_OPEN_ON_LOOPBACK": "true"} | env
        process = self._start([PYTHON, "manage.py", "grpc_server"], name="grpc", env=variables)
        process.wait_for_log(f"gRPC on 127.0.0.1:{self.grpc_port}")
        return process

    @property
    def url(self) -> str:
        """The web server's address, without a slash at the end."""
        assert self._port, "call web() first"
        return f"http://127.0.0.1:{self._port}"

    def _start(
        self, command: list[str], *, name: str, env: Mapping[str, str] | None = None
    ) -> Process:
        log_path = self.folder / f"{len(self._processes)}-{name}.log"
        process = Process(command, env=self.env | dict(env or {}), log_path=log_path)
        self._processes.append(process)
        return process

    def _web_answers(self, process: Process) -> bool:
        if not process.is_running:
            raise RuntimeError(f"gunicorn did not start:\n{process.log()[-LOG_TAIL:]}")
        try:
            urllib.request.urlopen(f"{self.url}/admin/login/", timeout=5).close()
        except urllib.error.HTTPError:
            return True  # an answer, if not the one hoped for: the test will see
        except OSError:
            return False
        return True

    # --- What is stored ---

    def query(self, sql: str, *params: Any) -> list[dict[str, Any]]:
        """Rows of one SELECT with ``%s`` for params.

        On both databases: UUID, aware datetime and parsed JSON values.
        """
        return self._database.query(sql, params)

    def execute(self, sql: str, *params: Any) -> int:
        """Change the database behind everybody's back; returns how many rows changed."""
        return self._database.execute(sql, params)

    def runs(self, job: str = "", **where: Any) -> list[dict[str, Any]]:
        """The runs, oldest first, with the job's name as ``job_name``; ``where`` names columns and
        their values.
        """
        conditions = {f"beatwright_run.{column}": value for column, value in where.items()}
        if job:
            conditions["beatwright_job.name"] = job
        clause = " AND ".join(f"{column} = %s" for column in conditions) or "1 = 1"
        return self.query(
            "SELECT beatwright_run.*, beatwright_job.name AS job_name"
            " FROM beatwright_run JOIN beatwright_job ON beatwright_job.id = beatwright_run.job_id"
            f" WHERE {clause} ORDER BY beatwright_run.id",
            *conditions.values(),
        )

    def attempts(self, run_id: object = "") -> list[dict[str, Any]]:
        """The attempts (TaskResult rows) of one run or of all, oldest first."""
        return self.query(
            "SELECT * FROM django_celery_results_taskresult WHERE task_id LIKE %s ORDER BY id",
            f"{run_id}%",
        )

    def create_admin(
        self, username: str = "admin", password: str = "for tests only"
    ) -> tuple[str, str]:
        """A superuser; returns name and password."""
        env = {"DJANGO_SUPERUSER_PASSWORD": password}
        words = [
            "createsuperuser",
            "--noinput",
            "--username",
            username,
            "--email",
            "admin@localhost",
            "--skip-checks",
        ]
        process = self.start(*words, env=env)
        assert process.wait() == 0, process.log()
        return username, password

    def _print_logs(self) -> None:
        for process in self._processes:
            title = f"{process.log_path.name}: {' '.join(process.command[1:])}"
            print(f"\n--- {title}\n{process.log()[-LOG_TAIL:]}")  # noqa: T201 - pytest shows it


def _celery(*words: str) -> list[str]:
    return [PYTHON, "-m", "celery", "-A", "scheduler_site", *words, "--loglevel=INFO"]
