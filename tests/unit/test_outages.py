from __future__ import annotations

import re

import pytest

from jobs.outages import Outage


def test_an_outage_is_told_when_it_begins_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outage = Outage("test", "the broker is away", "the broker is back")

    assert [outage.failed("refused"), outage.failed("refused again")] == [True, False]
    assert outage.is_on
    assert [outage.worked("3 runs waited"), outage.worked()] == [True, False]

    assert [re.sub(r"\d+\.\d", "0.0", message) for message in caplog.messages] == [
        "the broker is away: refused",
        "the broker is back, after 0.0 s and 2 tries; 3 runs waited",
    ]


def test_a_failure_of_another_kind_is_news_and_the_same_kind_is_not() -> None:
    outage = Outage("test", "the broker is away")
    assert [outage.note(kind) for kind in ("lock", "away", "lock", "away")] == [
        True,
        True,
        False,
        False,
    ]
    outage.worked()
    assert outage.note("lock")


def test_what_works_is_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    Outage("test", "nothing").worked()

    assert caplog.messages == []
