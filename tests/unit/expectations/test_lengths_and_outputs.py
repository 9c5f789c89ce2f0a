"""How long a run may take and how much it must return, as people type it."""

from __future__ import annotations

import json

import pytest

from jobs.errors import ScheduleError
from jobs.expectations import parse_least_output, parse_run_length


def test_a_length_is_fixed_or_a_multiple_of_the_95th_percentile() -> None:
    assert parse_run_length("30m").in_seconds(None) == 1800
    assert parse_run_length("2x p95").in_seconds(40_000) == 80
    assert parse_run_length("1.5 × P95").in_seconds(40_000) == 60


def test_a_multiple_of_what_is_not_known_yet_is_no_limit() -> None:
    assert parse_run_length("2x p95").in_seconds(None) is None


@pytest.mark.parametrize("text", ["", "2x", "p95", "0x p95", "2x p50", "x p95", "long", "0s"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(ScheduleError, match="must be a duration such as 30m"):
        parse_run_length(text)


@pytest.mark.parametrize(
    ("text", "result", "shortfall"),
    [
        ("1 row", [], "0 rows"),
        ("1 row", [1], ""),
        ("3 rows", [1], "1 row"),
        ("500 rows", {"rows": 499}, "499 rows"),
        ("500 rows", {"rows": 500}, ""),
        ("2 rows", {"rows": [1, 2]}, ""),
        ("1 row", {"rows": True}, "0 rows"),
        ("1 row", "text", "0 rows"),
        ("1 row", None, "0 rows"),
        ("1 B", None, "0 bytes"),
        ("5 B", "abc", ""),
        ("6 B", "abc", "5 bytes"),
        ("1 kB", {"truncated": True, "bytes": 5_000_000, "head": "…"}, ""),
        ("2 MB", "x" * 10, "12 bytes"),
    ],
)
def test_an_output_is_too_small_below_its_rows_or_bytes(
    text: str, result: object, shortfall: str
) -> None:
    assert parse_least_output(text).shortfall(json.dumps(result)) == shortfall


def test_a_run_without_a_result_has_returned_nothing() -> None:
    assert parse_least_output("1 row").shortfall(None) == "0 rows"


def test_a_size_is_said_in_full() -> None:
    assert str(parse_least_output("1,500 ROWS")) == "1,500 rows"
    assert str(parse_least_output("10kB")) == "10,000 bytes"


@pytest.mark.parametrize("text", ["", "0 rows", "rows", "10", "-1 row", "1.5 kB", "1 GB"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(ScheduleError, match="must be a number of rows or bytes"):
        parse_least_output(text)
