"""Errors of the same kind have the same fingerprint, others have not."""

from __future__ import annotations

import re
import time

import pytest

from jobs.dispatch.fingerprint import fingerprint, innermost, normalised

OURS = """Traceback (most recent call last):
  File "/srv/app/.venv/lib/python3.11/site-packages/celery/app/trace.py", line 479, in trace_task
    R = retval = fun(*args, **kwargs)
  File "/srv/app/tasks/shop.py", line 12, in sell
    charge(order)
  File "/srv/app/tasks/shop.py", line 31, in charge
    client.post(order)
  File "/srv/app/.venv/lib/python3.11/site-packages/httpx/_client.py", line 914, in send
    raise ConnectTimeout(text)
httpx.ConnectTimeout: timed out
"""


def of(
    message: str = "timed out",
    *,
    task: str = "shop.sell",
    kind: str = "E",
    traceback: str | None = OURS,
) -> str:
    return fingerprint(task, kind, message, traceback)


def test_a_fingerprint_is_40_hex_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", of())
    assert re.fullmatch(r"[0-9a-f]{40}", fingerprint("", "", "", None))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 17 is gone", "order 18 is gone"),
        ("took 3.5 s, limit 3 s", "took 12.25 s, limit 3 s"),
        ("no customer 'Ana'", "no customer 'Ben, Jr.'"),
        ('no file "a.txt"', 'no file "b/c.txt"'),
        ("object at 0x7f3a10", "object at 0xffe0"),
        ("run 01933c2e-6a5f-7bb2-a1b4-cafebabe0000", "run deadbeef-aaaa-bbbb-cccc-dddddddddddd"),
        ("refused by 10.0.0.3:5432", "refused by 192.168.100.7:6543"),
        ("order-7 of abc123 failed", "order-8 of f00 failed"),
        ("at 2026-11-21T09:48:03.123Z", "at 2025-01-01T00:00:00Z"),
        ("two\n  lines", "two lines"),
    ],
)
def test_numbers_ids_and_quoted_parts_make_no_difference(one: str, other: str) -> None:
    assert of(one) == of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 17 is gone", "order 17 is late"),
        ("it can't read, it isn't there", "it can't write, it isn't there"),
        ("no customer 'Ana'", "no supplier 'Ana'"),
    ],
)
def test_other_words_make_another_error(one: str, other: str) -> None:
    assert of(one) != of(other)


def test_type_and_task_count() -> None:
    assert len({of(), of(kind="F"), of(task="shop.buy")}) == 3


def test_the_place_is_our_innermost_function_whatever_its_line_and_folder() -> None:
    assert innermost(OURS) == "tasks/shop.py:charge"
    moved = OURS.replace("line 31", "line 77").replace("/srv/app/", "/home/x/release-9/")
    assert of(traceback=moved) == of()
    assert of(traceback=OURS.replace("in charge", "in refund")) != of()


def test_another_library_line_below_ours_is_the_same_place() -> None:
    assert of(traceback=OURS.replace("in send", "in connect")) == of()


def test_of_chained_errors_the_last_one_counts() -> None:
    chained = (
        OURS.replace("in charge", "in inner")
        + "\nDuring handling of the above exception, …\n\n"
        + OURS
    )
    assert of(traceback=chained) == of()


def test_an_error_without_a_place_has_a_fingerprint_all_the_same() -> None:
    only_library = "\n".join(line for line in OURS.splitlines() if "tasks/shop.py" not in line)
    assert innermost(only_library) == ""
    assert of(traceback=None) == of(traceback=only_library) != of()


@pytest.mark.parametrize(
    "message", ["'" * 100_000, '"a' * 50_000, "1:" * 50_000, "é" * 10, "\ud800", "x" * 1_000_000]
)
def test_a_huge_or_odd_message_takes_no_time(message: str) -> None:
    started = time.thread_time()
    assert len(of(message, traceback=message + OURS)) == 40
    assert len(normalised(message)) <= 500
    assert time.thread_time() - started < 0.5
