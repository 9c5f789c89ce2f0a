from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from threading import Thread
from typing import Any, ClassVar

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from jobs.access.roles import Role
from jobs.flower.client import FlowerAway, ask_flower
from jobs.flower.policy import INLINE_SCRIPT, is_forwarded, is_read
from tests.support.eventually import eventually
from tests.support.people import make_user
from tests.support.processes import PYTHON, Process
from tests.support.redis import RedisServer

CONTROL = "/flower/api/worker/shutdown/worker@host"
TABLE = {
    "draw": 1,
    "start": 0,
    "length": 10,
    "order[0][column]": 0,
    "order[0][dir]": "desc",
    "columns[0][data]": "name",
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="bw-flower-"))
    yield path
    shutil.rmtree(path)


def start_flower(folder: Path) -> Process:
    words = [f"--unix-socket={folder / 'flower.sock'}", "--url-prefix=flower", "--read-only=True"]
    env = os.environ | {"FLOWER_UNAUTHENTICATED_API": "true"}
    command = [PYTHON, "-m", "celery", "-A", "scheduler_site", "flower", *words]
    process = Process(command, env=env, log_path=folder / "flower.log")
    eventually(lambda: answers(folder / "flower.sock"), seconds=30)
    return process


def directly(socket: Path) -> httpx.Client:
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://flower", timeout=60
    )


def answers(socket: Path) -> bool:
    try:
        ask_flower(socket, "GET", "/flower/healthcheck", {}).close()
    except FlowerAway:
        return False
    return True


@pytest.fixture(scope="module")
def flower(redis_server: RedisServer, folder: Path) -> Iterator[Path]:
    """A real Flower; its socket."""
    process = start_flower(folder)
    yield folder / "flower.sock"
    process.kill_all()


class Recorder(BaseHTTPRequestHandler):
    """A stand-in at the other end of the socket that keeps what reached it and sets a cookie."""

    seen: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Set-Cookie", "_xsrf=1")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: Any) -> None:
        """Nothing: the address of a unix socket is not what the parent prints."""


@pytest.fixture
def recorder(tmp_path: Path, settings: Any) -> Iterator[list[dict[str, str]]]:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"flower_socket": tmp_path / "recorder.sock"}
    Recorder.seen.clear()
    with ThreadingUnixStreamServer(str(settings.BEATWRIGHT["flower_socket"]), Recorder) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield Recorder.seen
        server.shutdown()
        thread.join()


class Browser(Client):
    """Reads every answer to its end, as a browser does; CSRF is checked as in production."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def request(self, **request: Any) -> Any:
        response: Any = super().request(**request)
        response.body = response.getvalue() if response.streaming else response.content
        return response


def body(response: Any) -> bytes:
    return bytes(response.body)


@pytest.fixture
def staff() -> Browser:
    return browser(make_user(Role.VIEWER))


def browser(user: User) -> Browser:
    client = Browser()
    client.force_login(user)
    return client


@pytest.fixture
def through(flower: Path, staff: Browser, settings: Any) -> Browser:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"flower_socket": flower}
    return staff


def test_a_visitor_is_sent_to_the_login_and_back() -> None:
    answer = Browser().get("/flower/tasks?state=FAILURE")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/admin/login/?next=/flower/tasks%3Fstate%3DFAILURE"


def test_a_user_who_is_not_staff_sees_nothing(recorder: list[dict[str, str]]) -> None:
    client = Browser()
    client.force_login(User.objects.create_user("bob"))
    assert client.get("/flower/").status_code == 302
    assert recorder == []


@pytest.mark.parametrize("tags", [None, ["fin"]], ids=["without a group", "limited to a tag"])
def test_who_may_not_see_every_worker_sees_nothing(
    recorder: list[dict[str, str]], tags: list[str] | None
) -> None:
    client = browser(make_user(Role.ADMIN if tags else None, tags=tags))
    for address in (
        "",
        "workers",
        "worker/w1",
        "tasks",
        "task/1",
        "api/workers",
        "static/css/flower.css",
    ):
        assert client.get(f"/flower/{address}").status_code == 403
    assert client.post("/flower/tasks/datatable", TABLE).status_code == 403
    assert recorder == []


@pytest.mark.parametrize("name", ["", "workers", "tasks", "broker"])
def test_staff_see_the_pages_and_their_scripts_pass_the_policy(through: Browser, name: str) -> None:
    answer = through.get(f"/flower/{name}")
    assert answer.status_code == 200
    html = body(answer).decode()
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", html, re.DOTALL)
    assert set(inline) <= {INLINE_SCRIPT}
    assert not re.search(r"<script[^>]*src=\"(?!/flower/static/)", html)
    assert "script-src 'self' 'sha256-" in answer.headers["Content-Security-Policy"]


def test_what_the_pages_load_comes_through(through: Browser) -> None:
    html = body(through.get("/flower/")).decode()
    loaded = re.findall(r'(?:src|href)="(/flower/static/[^"]+)"', html)
    assert len(loaded) > 5
    for address in loaded:
        answer = through.get(address)
        assert answer.status_code == 200, address
        assert len(body(answer)) > 100, address


def test_an_unchanged_file_is_not_sent_twice(through: Browser) -> None:
    first = through.get("/flower/static/css/flower.css")
    again = through.get(
        "/flower/static/css/flower.css", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304


def test_the_tasks_table_is_read_although_it_posts(through: Browser) -> None:
    answer = through.post("/flower/tasks/datatable", TABLE)
    assert answer.status_code == 200
    assert body(answer).startswith(b'{"draw": 1, "data": ')


def test_head_is_answered_without_a_body(through: Browser) -> None:
    answer = through.head("/flower/static/css/flower.css")
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > 100


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_but_reads_is_forwarded(
    staff: Browser, recorder: list[dict[str, str]], method: str
) -> None:
    for address in (CONTROL, "/flower/", "/flower/api/workers"):
        assert getattr(staff, method)(address).status_code == 405
    assert recorder == []


@pytest.mark.parametrize(
    "path",
    ["api/task/result/1", "api/tasks", "api/queues/length", "static/../api/tasks", "metrics"],
)
def test_no_api_is_forwarded_but_the_one_the_pages_use(
    staff: Browser, recorder: list[dict[str, str]], path: str
) -> None:
    assert staff.get(f"/flower/{path}").status_code == 404
    assert recorder == []
    assert staff.get("/flower/api/workers").status_code == 200


def test_flower_itself_refuses_to_control_workers(flower: Path) -> None:
    with directly(flower) as client:
        assert client.post(CONTROL).status_code == 403
        assert client.post("/flower/api/task/send-task/EchoTask", json={}).status_code == 403


def test_cookies_stay_on_their_side(staff: Browser, recorder: list[dict[str, str]]) -> None:
    answer = staff.get(
        "/flower/", headers={"Authorization": "Bearer secret", "Accept-Language": "de"}
    )
    (seen,) = recorder
    assert seen["accept-language"] == "de"
    assert not {"cookie", "authorization"} & set(seen)
    assert "_xsrf" not in answer.cookies
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_while_flower_is_away_the_page_says_so(
    staff: Browser, settings: Any, tmp_path: Path
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"flower_socket": tmp_path / "nobody.sock"}
    answer = staff.get("/flower/")
    assert answer.status_code == 502
    assert b"Flower is not responding" in body(answer)


def test_a_restarted_flower_is_met_at_the_first_try(
    redis_server: RedisServer, staff: Browser, settings: Any, tmp_path: Path
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"flower_socket": tmp_path / "flower.sock"}
    for _start in range(2):
        process = start_flower(tmp_path)
        assert staff.get("/flower/").status_code == 200
        process.kill_all()


def test_the_policy_names_reads_and_pages() -> None:
    assert is_read("GET", "workers")
    assert is_read("POST", "tasks/datatable")
    assert not is_read("POST", "tasks")
    assert is_forwarded("task/0199-1.2")
    assert not is_forwarded("a/../api/tasks")
    assert settings.BEATWRIGHT["flower_socket"].name == "flower.sock"
