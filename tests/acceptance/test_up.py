from __future__ import annotations

import re
import signal
import socket
import stat
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.support.dts_go import Client
from tests.support.eventually import eventually
from tests.support.up import Up

pytestmark = [
    pytest.mark.timeout(480),
    pytest.mark.drawn(most=8, reason="half a minute of starts, kills and ends for most of them"),
]

STOP_SECONDS = 15
PASSWORD = "a good password"
HELLO: dict[str, Any] = {
    "task": "LogTask",
    "params": {"message": "hello"},
    "schedule": "* * * * * *",
}
REFUSED: dict[str, Any] = {
    "task": "HttpRequest",
    "params": {"url": "http://127.0.0.1:1/"},
    "schedule": "*/5 * * * * *",
    "max_retries": 0,
}
SLOW: dict[str, Any] = {
    "task": "Sleep",
    "params": {"seconds": 600},
    "schedule": "* * * * * *",
    "overlap_policy": "skip",
}

EACH_TIME = pytest.mark.drawn(most=1, reason="the first promise: it is in the core each time")


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    """One instance that is up, for the tests that only look at it or do it harm it must survive."""
    with Up(ADMIN_PASSWORD=PASSWORD) as up:
        up.data_dir.mkdir(mode=0o755)
        up.schedule(hello=HELLO, refused=REFUSED)
        up.start()
        yield up


@EACH_TIME
def test_runs_succeed_and_fail_with_their_reason(running: Up) -> None:
    eventually(lambda: "succeeded" in running.states("hello"), seconds=20)
    eventually(lambda: "failed" in running.states("refused"), seconds=20)
    ((error,), *_) = running.query("SELECT error FROM beatwright_run WHERE state = 'failed'")
    assert "127.0.0.1 is not on the public Internet" in error
    assert "schedule files imported: 2 new" in running.process.log()


def test_a_saved_file_changes_the_schedule_by_itself(running: Up) -> None:
    running.schedule(hello=HELLO, refused=REFUSED, added=HELLO)
    eventually(
        lambda: running.query("SELECT 1 FROM beatwright_job WHERE name = 'added'"), seconds=20
    )


def test_the_console_answers_and_the_given_password_opens_it(running: Up) -> None:
    with running.browser() as visitor:
        assert visitor.get("/admin/login/").status_code == 200
    with running.staff(PASSWORD) as staff:
        assert staff.get("/admin/").status_code == 200
    assert PASSWORD not in running.process.log()
    assert PASSWORD.encode() not in (running.data_dir / "beatwright.sqlite3").read_bytes()


def test_pages_are_compressed_and_browsers_may_keep_static_files(running: Up) -> None:
    with running.browser() as visitor:
        page = visitor.get("/admin/login/")
        assert page.headers["Content-Encoding"] == "gzip"
        files = re.findall(r'"(/static/console/[^"]+)"', page.text)
        assert files
        for file in files:
            answer = visitor.get(file)
            assert answer.status_code == 200, file
            assert "immutable" in answer.headers["Cache-Control"], file


def test_no_command_line_of_it_holds_a_secret(running: Up) -> None:
    """Every user of a machine reads those of all processes."""
    given = [running.env[name] for name in ("ADMIN_PASSWORD", "SECRET_KEY", "MESSAGE_KEYS")]
    secrets = [*given, (running.data_dir / "secrets_keys").read_text().strip()]
    lines = [" ".join(process.cmdline()) for process in running.processes()]
    assert [line for line in lines for secret in secrets if secret in line] == []
    assert len(lines) > 7


def test_flower_asks_for_a_login_and_shows_staff_workers_and_tasks(running: Up) -> None:
    with running.browser() as visitor:
        answer = visitor.get("/flower/")
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/admin/login/?next=/flower/"
    eventually(lambda: "succeeded" in running.states("hello"), seconds=20)
    with running.staff(PASSWORD) as staff:
        assert f"worker-{running.port}@" in staff.get("/flower/workers").text
        table = {
            "draw": 1,
            "start": 0,
            "length": 10,
            "order[0][column]": 0,
            "order[0][dir]": "desc",
            "columns[0][data]": "name",
        }
        assert staff.post("/flower/tasks/datatable", data=table).json()["data"]


def test_flower_listens_on_a_socket_that_others_cannot_reach(running: Up) -> None:
    flower = running.part("flower")
    assert stat.S_IMODE((running.data_dir / "flower").stat().st_mode) == 0o700
    assert not [
        connection
        for connection in flower.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]


def test_nothing_of_ours_is_open_to_others_on_this_machine(running: Up) -> None:
    eventually(lambda: "succeeded" in running.states("hello"), seconds=20)
    places = [running.data_dir, *running.data_dir.rglob("*")]
    # Flower makes its socket for everybody; the folder in which it lies is ours alone.
    modes = {
        str(path): f"{path.lstat().st_mode & 0o777:o}" for path in places if not path.is_socket()
    }
    assert {path: mode for path, mode in modes.items() if not mode.endswith("00")} == {}
    assert any(path.endswith("beatwright.sqlite3") for path in modes)


def test_only_the_console_and_grpc_listen_on_the_network_and_only_on_loopback(running: Up) -> None:
    connections = [
        one for process in running.processes() for one in process.net_connections("inet")
    ]
    listening = {
        (one.laddr.ip.removeprefix("::ffff:"), one.laddr.port)  # gRPC binds IPv4 as a part of IPv6
        for one in connections
        if one.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", running.port), ("127.0.0.1", running.grpc_port)}


def test_a_program_of_this_machine_calls_grpc_without_a_token(running: Up) -> None:
    with Client(running.grpc_port) as client:
        assert "hello" in [job.name for job in client.call("JobService.ListJobs").jobs]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("worker", ("celery", " worker")),
        ("scheduler", ("celery", " beat")),
        ("web", ("gunicorn",)),
        ("grpc", ("grpc_server",)),
        ("redis", ("redis",)),
    ],
)
def test_a_killed_part_is_restarted_visibly_and_jobs_go_on(
    running: Up, name: str, words: tuple[str, ...]
) -> None:
    before = running.process.log().count(f"{name}  is back")
    running.part(*words).kill()

    def is_back() -> bool:
        return running.process.log().count(f"{name}  is back") > before

    eventually(is_back, seconds=30)
    assert f"{name}  stopped (exit 137, SIGKILL); restarting in" in running.process.log()
    done = running.states("hello").count("succeeded")
    eventually(lambda: running.states("hello").count("succeeded") > done, seconds=30)


def test_a_second_instance_on_the_same_data_is_refused(running: Up) -> None:
    with Up() as second:
        process = second.start(wait=False, DATA_DIR=str(running.data_dir))
        assert process.wait() == 1
        expected = (
            f"Beatwright is already running on {running.data_dir} (process {running.process.pid})."
        )
        assert expected in process.log()


@pytest.mark.parametrize("variable", ["PORT", "GRPC_PORT"])
def test_a_taken_port_is_refused_before_anything_is_started(variable: str) -> None:
    with Up() as up, socket.socket() as taken:
        port = int(up.env[variable])
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = up.start(wait=False)
        assert process.wait() == 1
        assert process.log().startswith(
            f"CommandError: {variable}: cannot listen on 127.0.0.1:{port}"
        )
        assert not (up.data_dir / "beatwright.sqlite3").exists()


def test_a_data_directory_that_cannot_be_written_is_refused_in_one_sentence() -> None:
    with Up() as up:
        process = up.start(wait=False, DATA_DIR=f"{up.schedule_file}/data", SECRET_KEY="")
        assert process.wait() == 1
        assert process.log().startswith("error: DATA_DIR: cannot ")
        assert len(process.log().splitlines()) == 1


def test_a_database_that_is_away_is_told_in_one_sentence_and_nothing_stays_up() -> None:
    with Up(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none") as up:
        process = up.start(wait=False)
        assert process.wait() == 1
        assert (
            "CommandError: DATABASE_URL: the database cannot be used (connection failed"
            in process.log()
        )
        assert "Traceback" not in process.log()
        assert up.processes() == []


@EACH_TIME
def test_sigterm_ends_everything_and_a_second_start_goes_on_where_the_first_stopped() -> None:
    with Up(STOP_GRACE_SECONDS="2") as up:
        up.schedule(slow=SLOW, hello=HELLO)
        up.start()
        password = up.printed_password()
        assert password
        eventually(
            lambda: "running" in up.states("slow") and "succeeded" in up.states("hello"), seconds=20
        )

        assert up.process.stop(seconds=STOP_SECONDS) == 0
        assert up.processes() == []
        # What did not finish in time went back to its queue, and waits for the next start.
        assert "running" not in up.states("slow")
        assert "queued" in up.states("slow")
        kept = up.query("SELECT id FROM beatwright_run WHERE state = 'succeeded'")

        up.start()
        assert up.printed_password() is None
        assert set(kept) <= set(up.query("SELECT id FROM beatwright_run WHERE state = 'succeeded'"))
        eventually(lambda: "running" in up.states("slow"), seconds=20)
        with up.staff(password) as staff:
            assert staff.get("/admin/").status_code == 200


def test_ctrl_c_lets_runs_finish_and_leaves_no_process() -> None:
    with Up() as up:
        up.schedule(short=SLOW | {"params": {"seconds": 4}})
        up.start()
        (running, *_) = eventually(
            lambda: up.query("SELECT id FROM beatwright_run WHERE state = 'running'"), seconds=20
        )
        up.process.send(signal.SIGINT)
        assert up.process.wait(seconds=STOP_SECONDS) == 0
        assert up.processes() == []
        assert running in up.query("SELECT id FROM beatwright_run WHERE state = 'succeeded'")
        assert "running" not in up.states("short")


def test_even_a_daemon_that_a_plain_task_has_left_behind_ends() -> None:
    """A run's own ends with the run; of a task that is no run it is the end of the pool child that
    ends it.
    """
    with Up(
        ALLOW_COMMANDS="true", AUTOSCALE="1,1"
    ) as up:  # else the pool may shrink before anybody looks
        up.schedule(hello=HELLO)
        up.start()
        followed = ["tail", "-f", str(up.schedule_file)]
        script = f"setsid {' '.join(followed)} >/dev/null 2>&1 & sleep 1"
        up.python(
            "from scheduler_site.celery import app\n"
            f"app.send_task('RunCommand', kwargs={{'argv': ['sh', '-c', {script!r}]}})"
        )
        (daemon,) = eventually(
            lambda: [
                one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == followed
            ],
            seconds=20,
        )
        assert up.process.stop(seconds=STOP_SECONDS) == 0
        assert not daemon.is_running()


def test_a_killed_up_leaves_no_process_and_can_be_started_again() -> None:
    with Up() as up:
        up.schedule(hello=HELLO)
        up.start()
        up.process.kill9()
        up.wait_until_gone(seconds=10)
        up.start()
        done = len(up.states("hello"))
        eventually(lambda: len(up.states("hello")) > done, seconds=20)
