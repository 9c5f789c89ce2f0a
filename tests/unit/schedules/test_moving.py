"""A cron text at another minute of its hour."""

from __future__ import annotations

import pytest

from jobs.schedules import parse
from jobs.schedules.moving import at_minute, minute_of


@pytest.mark.parametrize(
    ("text", "minute", "moved"),
    [
        ("0 2 * * *", 0, "17 2 * * *"),
        ("  5 2 * * MON-FRI ", 5, "17 2 * * MON-FRI"),
        ("30 15 2 * * *", 15, "30 17 2 * * *"),
        ("@daily", 0, "17 0 * * *"),
        ("@HOURLY", 0, "17 * * * *"),
        ("0 */2 * * *", 0, "17 */2 * * *"),
    ],
)
def test_the_minute_of_a_schedule_is_found_and_replaced(text: str, minute: int, moved: str) -> None:
    assert minute_of(text) == minute
    assert at_minute(text, 17) == moved
    assert parse(moved).kind == "cron"


@pytest.mark.parametrize(
    "text",
    ["*/5 * * * *", "0,30 2 * * *", "0-5 2 * * *", "@every 1h", "@manual", "2027-01-01T02:00",
     "RRULE:FREQ=DAILY;BYHOUR=2"],
)  # fmt: skip
def test_a_schedule_without_one_minute_has_none_to_move(text: str) -> None:
    assert minute_of(text) is None
