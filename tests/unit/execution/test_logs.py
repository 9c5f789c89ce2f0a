from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator

import pytest
from django.test import override_settings

from jobs.execution.logs import LINE, LogBuffer


@pytest.fixture
def small_limit() -> Iterator[int]:
    with override_settings(JOBS={"log_max_bytes": 2000}):
        yield 2000


def text_of(log: LogBuffer) -> str:
    return "".join(piece.text for piece in log.pending())


def test_lines_come_out_as_one_piece_in_their_order() -> None:
    log = LogBuffer(uuid.uuid4(), 2)
    log.write("one")
    log.write("two")

    [piece] = log.pending()

    assert (piece.text, piece.seq, piece.attempt) == ("one\ntwo\n", 1, 2)


def test_pieces_stay_pending_until_they_are_saved() -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    log.write("one")
    first = log.pending()
    log.write("two")
    both = log.pending()

    log.saved(first)

    assert [piece.text for piece in both] == ["one\n", "two\n"]
    assert [(piece.seq, piece.text) for piece in log.pending()] == [(2, "two\n")]


def test_a_log_ends_at_its_limit_with_one_line_that_says_so(small_limit: int) -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    for _ in range(1000):
        log.write("x" * 99)

    lines = text_of(log).splitlines()

    assert lines[-1] == f"… log truncated: it reached the limit of {small_limit} bytes"
    assert len([line for line in lines if "truncated" in line]) == 1
    assert len(text_of(log).encode()) < small_limit + 100


def test_the_limit_counts_what_was_saved_already(small_limit: int) -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    log.write("x" * (small_limit - 100))
    log.saved(log.pending())

    log.write("y" * 200)

    assert text_of(log).startswith("… log truncated")


def test_what_no_database_stores_is_replaced() -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    log.write("a\x00b\ud800c")

    assert text_of(log) == "a\ufffdb?c\n"


def test_lines_of_many_threads_are_all_kept() -> None:
    log = LogBuffer(uuid.uuid4(), 1)

    def talk() -> None:
        for _ in range(500):
            log.write("line")

    threads = [threading.Thread(target=talk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert text_of(log).count("line\n") == 2000


def record(name: str, level: int, message: str) -> logging.LogRecord:
    made = logging.LogRecord(name, level, __file__, 1, message, (), None)
    made.created = 1769850900.123
    return made


def test_a_line_shows_utc_time_level_and_text() -> None:
    assert LINE.format(record("tasks", logging.INFO, "hello")) == "2026-01-31T09:15:00.123Z INFO hello"


def test_what_a_body_prints_is_shown_as_stdout() -> None:
    assert LINE.format(record("celery.redirected", logging.WARNING, "hi")) == "2026-01-31T09:15:00.123Z STDOUT hi"
