"""What a body prints."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from jobs.execution.outcome.logs import STREAM
from jobs.execution.outcome.printing import LONGEST_LINE, Printed


@pytest.fixture
def printed() -> tuple[Printed, Callable[[], list[str]]]:
    logger = logging.Logger("printing")  # noqa: LOG001  # one that no other test knows
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f"{getattr(record, STREAM)} {record.getMessage()}")  # type: ignore[method-assign]
    logger.addHandler(handler)
    return Printed(logger, logging.WARNING, "STDOUT"), lambda: lines


Out = tuple[Printed, Callable[[], list[str]]]


@pytest.mark.parametrize(
    ("writes", "lines"),
    [
        (["total:", " ", "3", "\n"], ["total: 3"]),
        (["a\nb\n"], ["a", "b"]),
        (["a\n", "\n", "b\n"], ["a", "", "b"]),
        (["no newline"], ["no newline"]),
        (["5 % done %s\n"], ["5 % done %s"]),
        (["\r 10%", "\r 50%", "\r100%\n"], ["100%"]),
        (["windows\r\n"], ["windows"]),
    ],
)
def test_a_line_is_a_line_however_it_is_written(
    printed: Out, writes: list[str], lines: list[str]
) -> None:
    out, shown = printed
    for text in writes:
        out.write(text)
    out.release()

    assert shown() == [f"STDOUT {line}" for line in lines]


def test_print_gives_the_number_of_characters_back_and_waits_for_the_newline(printed: Out) -> None:
    out, shown = printed

    assert out.write("half") == 4
    assert shown() == []


def test_threads_do_not_write_into_each_others_lines(printed: Out) -> None:
    out, shown = printed
    out.write("main ")
    thread = threading.Thread(target=lambda: print("thread", 1, file=out))
    thread.start()
    thread.join()
    out.write("goes on\n")

    assert shown() == ["STDOUT thread 1", "STDOUT main goes on"]


def test_a_line_without_end_is_passed_on_in_pieces(printed: Out) -> None:
    out, shown = printed
    out.write("x" * (LONGEST_LINE + 1))

    assert len(shown()) == 1


def test_a_logger_that_prints_is_not_called_for_it(printed: Out) -> None:
    out, shown = printed
    chatty = logging.Handler()
    chatty.emit = lambda record: print("again", file=out)  # type: ignore[method-assign]
    logger = out.logger
    logger.addHandler(chatty)
    out.write("once\n")

    assert shown() == ["STDOUT once"]
