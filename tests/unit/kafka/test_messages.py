"""What messages ask for; anything can be in a topic."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.kafka.messages import MOST_SHOWN, AskedRun, Received, Unfit, asked_by

MESSAGE = Received("JobQueue", 0, 17, 1_796_053_480_794, b"1", None)


def with_value(value: object) -> Received:
    return replace(MESSAGE, value=json.dumps(value).encode())


def test_gscheds_message_names_job_task_and_params() -> None:
    value = {
        "jobName": "a",
        "priority": 1,
        "taskName": "LogTask",
        "taskParams": {"x": 1},
        "cronTime": "* * * * *",
    }
    assert asked_by(with_value(value)) == AskedRun("a", {"x": 1}, "LogTask")
    assert asked_by(with_value({"jobName": "a"})) == AskedRun("a", None)


def test_with_a_job_the_value_is_its_params() -> None:
    assert asked_by(with_value({"jobName": "a"}), "ledger") == AskedRun("ledger", {"jobName": "a"})


def test_an_occurrence_is_the_place_and_the_time_of_the_message() -> None:
    assert MESSAGE.occurrence == "JobQueue/0/17@1796053480794"
    long = replace(MESSAGE, topic="t" * 249, partition=2**31, offset=2**63)
    assert len(f"k:{long.occurrence}") <= 200
    assert long.occurrence != replace(long, topic="u" * 249).occurrence


@given(st.none() | st.binary(max_size=200), st.none() | st.binary(max_size=20))
def test_whatever_is_in_a_message_it_is_asked_for_or_unfit_and_can_be_shown(
    value: bytes | None, key: bytes | None
) -> None:
    message = replace(MESSAGE, value=value, key=key)
    with suppress(Unfit):
        assert asked_by(message).job
    shown = json.dumps(message.shown())
    assert "\\u0000" not in shown
    json.dumps(message.shown(), ensure_ascii=False).encode()


def test_a_deep_or_a_long_value_is_no_crash() -> None:
    with pytest.raises(Unfit):
        asked_by(replace(MESSAGE, value=b"[" * 1_000_000))
    shown = replace(MESSAGE, value=b"x" * 1_000_000).shown()["value"]
    assert len(shown) < MOST_SHOWN + 50
    assert shown.endswith("(1000000 bytes)")
