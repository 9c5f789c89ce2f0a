from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from jobs.embedded import preflight
from jobs.embedded.directories import close_to_others, make_private, make_writable
from jobs.embedded.lock import only_instance
from jobs.embedded.preflight import check_port, check_schedule_files
from jobs.embedded.redis_server import answers, write_config
from scheduler_site.config import LONGEST_SOCKET_PATH, Config
from tests.support.eventually import eventually
from tests.support.redis import free_port, redis_binary

LOCK_ANEW = """
import sys
from pathlib import Path
from django.core.management import CommandError
from jobs.embedded.lock import only_instance
try:
    with only_instance(Path(sys.argv[1])):
        print("locked")
except CommandError as error:
    print(error)
"""


def lock_from_another_process(data_dir: Path) -> str:
    command = [sys.executable, "-c", LOCK_ANEW, str(data_dir)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=20, check=True
    ).stdout.strip()


def test_a_second_instance_on_the_same_data_is_refused_with_the_first_ones_pid(
    tmp_path: Path,
) -> None:
    with only_instance(tmp_path):
        refusal = lock_from_another_process(tmp_path)
    assert refusal == f"Beatwright is already running on {tmp_path} (process {os.getpid()})."
    assert lock_from_another_process(tmp_path) == "locked"


def test_a_taken_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_PORT_PATIENCE_SECONDS", 0.1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            CommandError,
            match=rf"^PORT: cannot listen on 127\.0\.0\.1:{port} \(Address already in use\)",
        ):
            check_port(port)


def test_a_free_port_passes() -> None:
    check_port(free_port())


def test_a_missing_schedule_file_is_named(tmp_path: Path) -> None:
    there = tmp_path / "a.json"
    there.touch()
    check_schedule_files([str(there)])
    with pytest.raises(CommandError, match=r"^SCHEDULE_FILES: there is no file at .*/b\.json\.$"):
        check_schedule_files([str(there), str(tmp_path / "b.json")])


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        CommandError, match=r"^DATA_DIR: cannot write to .*/file/data \(Not a directory\)"
    ):
        make_writable(tmp_path / "file" / "data")


def test_a_new_data_directory_is_ours_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(make_writable(tmp_path / "new" / "data").stat().st_mode) == 0o700
    assert list((tmp_path / "new" / "data").iterdir()) == []


def test_a_private_directory_is_closed_to_others_even_if_it_was_open(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    assert stat.S_IMODE(make_private(tmp_path / "open").stat().st_mode) == 0o700


def test_a_socket_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CommandError, match="belongs to another user"):
        make_private(tmp_path / "link")


def test_a_socket_directory_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr("jobs.embedded.directories.os.geteuid", lambda: owner + 1)
    with pytest.raises(CommandError, match="belongs to another user"):
        make_private(tmp_path)


def test_a_long_data_directory_gets_a_socket_path_the_system_can_bind(tmp_path: Path) -> None:
    short, long = Config(data_dir=tmp_path), Config(data_dir=tmp_path / ("d" * 120))
    assert short.socket_path("redis") == tmp_path / "redis" / "redis.sock"
    assert len(os.fsencode(long.socket_path("redis"))) <= LONGEST_SOCKET_PATH
    assert long.socket_path("redis") != Config(data_dir=tmp_path / ("e" * 120)).socket_path("redis")


def test_redis_starts_on_a_path_with_blanks_and_quotes_and_answers_there_alone(
    tmp_path: Path,
) -> None:
    directory = tmp_path / 'a "b" c'
    directory.mkdir()
    socket_path = directory / "redis.sock"
    assert not answers(socket_path)
    config = write_config(directory, socket_path)
    server = subprocess.Popen([redis_binary(), str(config)], stdout=subprocess.DEVNULL)
    try:
        assert eventually(lambda: answers(socket_path))
        assert stat.S_IMODE(socket_path.stat().st_mode) == 0o600
        assert (directory / "appendonly.aof").exists() or (directory / "appendonlydir").exists()
    finally:
        server.terminate()
        server.wait(timeout=10)


def test_a_folder_of_data_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert close_to_others(tmp_path) == "0755"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert close_to_others(tmp_path) == ""


def test_one_that_is_another_users_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chmod(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", chmod)  # root, as whom tests may run, may close everything
    with pytest.raises(CommandError, match=r"mode 0755.*its owner can"):
        close_to_others(tmp_path)
