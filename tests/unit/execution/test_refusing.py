"""What is refused is counted each time and said once a minute."""

from __future__ import annotations

import pytest

from jobs.execution.consumer.entrance import Refusal
from jobs.execution.consumer.refusals import Refusals


def test_each_is_counted_and_of_each_kind_a_line_a_minute_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refusals = Refusals()
    for second in range(90):
        refusals.note(Refusal("plain", f"the task 'x{second}'"), now=1000.0 + second)
    refusals.note(Refusal("run", "a run of the task 'y'"), now=1090.0)
    assert (refusals.total, refusals.last) == (91, "a run of the task 'y'")
    assert [record.getMessage() for record in caplog.records] == [
        "message refused (number 1): the task 'x0'",
        "message refused (number 61, 59 like it since the last line): the task 'x60'",
        "message refused (number 91): a run of the task 'y'",
    ]


def test_the_first_is_said_at_once_on_a_host_that_has_just_started(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Refusals().note(Refusal("plain", "the task 'x'"), now=0.5)
    assert len(caplog.records) == 1


def test_what_is_kept_for_the_row_fits_its_column() -> None:
    refusals = Refusals()
    refusals.note(Refusal("plain", "x" * 10_000), now=0.0)
    assert len(refusals.last) == 500
