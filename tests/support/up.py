"""``manage.py up`` as an operator starts it: a data folder, a port and a schedule file of the
test's own.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from tests.support.eventually import eventually
from tests.support.processes import BASE_DIR, PYTHON, SET_UP, Process, clean_environment
from tests.support.redis import free_port

READY_SECONDS = 60
PASSWORD = re.compile(r"user admin, password (\S+)")


class Up:
    """Started by ``start``; at the end of the block whatever is left of it is killed."""

    def __init__(self, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bw-up-"))
        self.data_dir = self.folder / "data"
        self.port, self.grpc_port = free_port(), free_port()
        self.schedule_file = self.folder / "schedule.json"
        self.schedule()
        self.env = clean_environment() | {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "GRPC_PORT": str(self.grpc_port),
            "SCHEDULE_FILES": str(self.schedule_file),
            **environment,
        }
        self._process: Process | None = None
        self._starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process:
            self._process.kill_all()
        for process in self.processes():
            process.kill()
        if error is not None:
            self._print_logs()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> Process:
        assert self._process, "call start() first"
        return self._process

    def schedule(self, **jobs: Mapping[str, Any]) -> None:
        """Save the schedule file with these jobs: name → its other fields."""
        entries = [{"name": name, **fields} for name, fields in jobs.items()]
        self.schedule_file.write_text(json.dumps({"format": "beatwright/1", "jobs": entries}))

    def start(self, *, wait: bool = True, **environment: str) -> Process:
        """Start it and wait for its address, which it prints when everything answers."""
        self._starts += 1
        log_path = self.folder / f"up-{self._starts}.log"
        self._process = Process(
            [PYTHON, "manage.py", "up"], env=self.env | environment, log_path=log_path
        )
        if wait:
            self._process.wait_for_log(f"ready: {self.url}/admin/", seconds=READY_SECONDS)
        return self._process

    def processes(self) -> list[psutil.Process]:
        """Every living process that works on this data, ``up`` itself included, orphans too."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def part(self, *words: str) -> psutil.Process:
        """The direct child of ``up`` with all ``words`` on its command line."""
        children = psutil.Process(self.process.pid).children()
        found = [
            child for child in children if all(word in " ".join(child.cmdline()) for word in words)
        ]
        assert len(found) == 1, f"{len(found)} parts with {words}"
        return found[0]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of one SELECT on the database file."""
        connection = sqlite3.connect(
            f"file:{self.data_dir / 'beatwright.sqlite3'}?mode=ro", uri=True
        )
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def python(self, code: str) -> str:
        """Run ``code`` in a process with Django set up and return what it printed."""
        command = [PYTHON, "-c", f"{SET_UP}\n{code}"]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def states(self, job: str) -> list[str]:
        """The states of a job's runs, oldest first."""
        sql = (
            "SELECT state FROM beatwright_run JOIN beatwright_job ON beatwright_job.id = job_id"
            " WHERE name = '{}' ORDER BY beatwright_run.id"
        )
        return [state for (state,) in self.query(sql.format(job))]

    def browser(self) -> httpx.Client:
        """A visitor without a login; close it, or use it in a with statement."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    @contextmanager
    def staff(self, password: str, username: str = "admin") -> Iterator[httpx.Client]:
        """A visitor who has logged in through the page."""
        with self.browser() as client:
            client.get("/admin/login/")
            form = {
                "username": username,
                "password": password,
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
            }
            answer = client.post(
                "/admin/login/", data=form, headers={"Referer": f"{self.url}/admin/login/"}
            )
            assert answer.status_code == 302, f"the login answered {answer.status_code}"
            yield client

    def printed_password(self) -> str | None:
        found = PASSWORD.search(self.process.log())
        return found[1] if found else None

    def wait_until_gone(self, *, seconds: float) -> None:
        eventually(lambda: not self.processes(), seconds=seconds)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.environ().get("DATA_DIR") == str(self.data_dir)
                or str(self.data_dir) in process.cmdline()
            )
        except psutil.Error:  # it has ended, or belongs to somebody else
            return False

    def _print_logs(self) -> None:
        for path in [*sorted(self.folder.glob("*.log")), *sorted(self.data_dir.glob("logs/*.log"))]:
            print(f"\n--- {path.name}\n{path.read_text(errors='replace')[-4000:]}")  # noqa: T201 - pytest shows it
