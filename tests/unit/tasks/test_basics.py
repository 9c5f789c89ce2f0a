"""LogTask, EchoTask, Sleep and the two sample processors, called as plain functions."""

from __future__ import annotations

import time

import pytest

from tasks.basics import echo_task, log_task, sleep
from tasks.examples import birthday_processor, invoice_processor


def test_log_task_logs_its_message_and_says_what_it_logged(lines: pytest.LogCaptureFixture) -> None:
    assert log_task(message="100 % done") == {"message": "100 % done", "level": "info"}
    assert ("INFO", "100 % done") in [(line.levelname, line.getMessage()) for line in lines.records]


def test_log_task_logs_as_loud_as_it_is_told(lines: pytest.LogCaptureFixture) -> None:
    log_task(message="careful", level="warning")
    assert ("WARNING", "careful") in [(line.levelname, line.getMessage()) for line in lines.records]


def test_log_task_without_a_message_fails_naming_the_parameter() -> None:
    with pytest.raises(TypeError, match="'message'"):
        log_task()  # type: ignore[call-arg]  # on purpose
    with pytest.raises(TypeError, match="LogTask needs a string 'message', not int"):
        log_task(message=5)  # type: ignore[arg-type]  # on purpose


def test_echo_task_returns_whatever_it_was_given() -> None:
    params = {"a": 1, "b": {"c": [None, 1.5]}, "weird key": "é"}
    assert echo_task(**params) == params
    assert echo_task() == {}


def test_sleep_takes_the_time_it_was_told() -> None:
    started = time.monotonic()
    result = sleep(seconds=0.4)
    assert 0.4 <= time.monotonic() - started < 3
    assert result["slept"] >= 0.4


def test_sleep_for_no_time_returns_at_once() -> None:
    assert sleep(seconds=0)["slept"] < 0.1


@pytest.mark.parametrize(
    ("processor", "line"),
    [(invoice_processor, "invoice for Ireland"), (birthday_processor, "happy birthday, Ireland")],
)
def test_the_sample_processors_take_one_text_and_a_list(
    processor: object, line: str, lines: pytest.LogCaptureFixture
) -> None:
    assert callable(processor)
    result = processor(task_param="task param xyz", payload=["Ireland", "Germany"])
    assert result == {
        "task_param": "task param xyz",
        "processed": ["Ireland", "Germany"],
        "count": 2,
    }
    assert f"{line} (task param xyz)" in [record.getMessage() for record in lines.records]


def test_the_sample_processors_do_nothing_with_an_empty_payload() -> None:
    assert invoice_processor() == {"task_param": "", "processed": [], "count": 0}
