from __future__ import annotations

from pathlib import Path

import pytest

from jobs.embedded import logs
from jobs.embedded.logs import PartLog, notable


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
    ("line", "told"),
    [
        ("[2025-11-21 09:00:00,000: ERROR/MainProcess] consumer: no broker", "consumer: no broker"),
        ("2025-11-21 09:00:00,000 CRITICAL django.request: no", "no"),
        ('{"level": "error", "logger": "jobs", "message": "no broker"}', "no broker"),
        (
            "[2025-11-21 09:00:00 +0000] [12] [ERROR] Worker (pid:13) was killed!",
            "Worker (pid:13) was killed!",
        ),
        (
            "[2025-11-21 09:00:00,000: INFO/MainProcess] schedule files imported: 2 new",
            "schedule files imported: 2 new",
        ),
    ],
)
def test_errors_of_a_part_and_imports_are_told_without_time_and_level(line: str, told: str) -> None:
    assert list(notable([line])) == [told]


@pytest.mark.parametrize(
    "line",
    [
        "[2025-11-21 09:00:00,000: INFO/MainProcess] celery@host ready.",
        (
            "[2025-11-21 09:00:00,000: ERROR/ForkPoolWorker-1] Task HttpRequest[0199-x.1] raised "
            "unexpected: Refused()"
        ),
        "2025-11-21 09:00:00,000 WARNING flower.inspector: Inspect method stats failed",
        '{"level": "info", "logger": "jobs", "message": "small talk"}',
        "{a banner",
        "a banner",
    ],
)
def test_small_talk_and_failing_jobs_are_not_told(line: str) -> None:
    assert list(notable([line])) == []


def test_a_records_further_lines_are_told_but_no_traceback() -> None:
    lines = [
        "[2025-11-21 09:00:00,000: ERROR/MainProcess] schedule file refused: a.json:3",
        "a.json:7: no such task",
        "[2025-11-21 09:00:00,000: INFO/MainProcess] ticking",
        "not told",
        "[2025-11-21 09:00:00,000: ERROR/MainProcess] broken",
        "Traceback (most recent call last):",
        "ValueError: not told",
    ]
    assert list(notable(lines)) == [
        "schedule file refused: a.json:3",
        "  a.json:7: no such task",
        "broken",
    ]
