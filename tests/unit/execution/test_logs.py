from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator

import pytest

from jobs.execution.outcome.logs import LINE, LogBuffer
from tests.support.configured import configured


@pytest.fixture
def small_limit() -> Iterator[int]:
    with configured(log_max_bytes=2000):
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


def test_a_log_beyond_its_limit_keeps_its_beginning_and_end_and_says_what_is_left_out(
    small_limit: int,
) -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    for number in range(1000):
        log.write(f"{number:024}")

    lines = text_of(log).splitlines()

    [place] = [place for place, line in enumerate(lines) if "truncated" in line]
    left_out = 1000 - len(lines) + 1
    assert lines[:place] == [f"{number:024}" for number in range(place)]
    assert lines[place + 1 :] == [f"{number:024}" for number in range(place + left_out, 1000)]
    assert lines[place] == (
        f"… log truncated: {left_out} lines of {left_out * 25:,} bytes are left out here, "
        f"a log is kept to {small_limit:,} bytes"
    )
    assert place > 10 * (len(lines) - place - 1) / 2 > 0
    assert len(text_of(log).encode()) < small_limit + 150


def test_lines_keep_their_numbers_when_others_are_left_out(small_limit: int) -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    for number in range(1, 1001):
        log.write(f"{number:024}")

    pieces = log.pending()

    assert pieces[-1].last_line == 1000
    assert [piece.first_line for piece in pieces[1:]] == [
        piece.last_line + 1 for piece in pieces[:-1]
    ]
    assert all(
        int(piece.text[:24]) == piece.first_line for piece in pieces if not piece.stands_for_many
    )


def test_what_is_stored_of_the_end_is_told_as_left_out_once_it_is_no_longer_the_end(
    small_limit: int,
) -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    log.write("x" * 1700)
    log.write("y" * 150)
    log.saved(before := log.pending())
    for _ in range(20):
        log.write("z" * 24)
    after = log.pending()

    [mark] = [piece for piece in after if piece.stands_for_many]
    assert mark.first_line == before[-1].first_line == 2
    assert before[-1].seq not in {piece.seq for piece in after}
    log.saved(after)
    assert log.pending() == []


def test_memory_is_bounded_while_nothing_can_be_stored(small_limit: int) -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    for _ in range(100):
        log.write("x" * 99)
        log.pending()

    assert len(text_of(log).encode()) < small_limit + 150


def test_a_line_without_end_is_cut_and_says_so() -> None:
    log = LogBuffer(uuid.uuid4(), 1)
    log.write("x" * 1_000_000)

    assert text_of(log) == f"{'x' * 65_536}… 934,464 more characters are left out\n"


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
    assert (
        LINE.format(record("tasks", logging.INFO, "hello")) == "2026-01-31T09:15:00.123Z INFO hello"
    )


def test_what_a_body_prints_is_shown_as_stdout() -> None:
    assert (
        LINE.format(record("celery.redirected", logging.WARNING, "hi"))
        == "2026-01-31T09:15:00.123Z STDOUT hi"
    )
