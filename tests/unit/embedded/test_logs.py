from __future__ import annotations

from pathlib import Path

import pytest

from jobs.embedded import logs
from jobs.embedded.logs import PartLog, matters


def write(log: PartLog, text: str) -> None:
    with log.open() as file:
        file.write(text.encode())


def test_only_whole_lines_are_read_and_each_once(tmp_path: Path) -> None:
    log = PartLog(tmp_path, "web")
    write(log, "one\ntw")
    assert log.new_lines() == ["one"]
    write(log, "o\nthree\n")
    assert log.new_lines() == ["two", "three"]
    assert log.new_lines() == []


def test_what_an_earlier_start_wrote_is_not_read_again(tmp_path: Path) -> None:
    write(PartLog(tmp_path, "web"), "yesterday\n")
    log = PartLog(tmp_path, "web")
    assert log.new_lines() == []
    write(log, "today\n\n")
    assert log.tail(5) == ["today"]


def test_a_part_without_a_log_file_has_no_lines(tmp_path: Path) -> None:
    log = PartLog(tmp_path, "web")
    assert log.new_lines() == []
    assert log.tail(5) == []


def test_a_full_log_is_set_aside_while_the_part_goes_on_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "KEEP_BYTES", 100)
    log = PartLog(tmp_path, "web")
    with log.open() as file:
        file.write(b"x" * 200 + b"\n")
        file.flush()
        assert len(log.new_lines()) == 1
        file.write(b"after\n")
        file.flush()
        assert log.new_lines() == ["after"]
    assert log.path.read_text() == "after\n"
    assert (tmp_path / "web.log.1").stat().st_size == 201


@pytest.mark.parametrize(
    "line",
    [
        "[2025-11-21 09:00:00,000: ERROR/MainProcess] consumer: Cannot connect to redis",
        "2025-11-21 09:00:00,000 CRITICAL django.request: no",
        "[2025-11-21 09:00:00 +0000] [12] [ERROR] Worker (pid:13) was sent SIGKILL!",
        "[E 251121 09:00:00 web:1] Uncaught exception",
    ],
)
def test_an_error_of_a_part_belongs_on_the_terminal(line: str) -> None:
    assert matters(line)


@pytest.mark.parametrize(
    "line",
    [
        "[2025-11-21 09:00:00,000: INFO/MainProcess] celery@host ready.",
        "[2025-11-21 09:00:00,000: ERROR/ForkPoolWorker-1] Task HttpRequest[0199-x.1] raised unexpected: Refused()",
    ],
)
def test_news_and_failing_jobs_do_not(line: str) -> None:
    assert not matters(line)
