"""However a body ends, nothing that it leaves says what secret it was given."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import Ignore, Reject

from jobs.redaction.keys import MASK
from tests.integration.execution.referring import VALUE, all_that_is_left, run_of
from tests.support.builders import make_secret

pytestmark = pytest.mark.usefixtures("captured")


def raising(self: Any, password: str) -> None:
    raise RuntimeError(f"401 for {password}")


class Odd(Exception):
    """Cannot be pickled."""

    def __init__(self, a: str, b: str) -> None:
        super().__init__(f"{a} and {b}")


def odd(self: Any, password: str) -> None:
    try:
        raise KeyError(password)
    except KeyError as error:
        raise Odd(password, "x") from error


def ignored(self: Any, password: str) -> None:
    raise Ignore(f"not {password}")


def rejected(self: Any, password: str) -> None:
    raise Reject(f"not {password}")


def declared(self: Any, password: str) -> None:
    self.update_state(
        state="FAILURE", meta={"exc_type": "Odd", "exc_message": [password], "exc_module": "x"}
    )
    raise Ignore


def exiting(self: Any, password: str) -> None:
    raise SystemExit(password)


def no_json(self: Any, password: str) -> Any:
    return {1, password, object()}


def long_text(self: Any, password: str) -> str:
    return "x" * 40_000 + password + "y" * 40_000


def long_error(self: Any, password: str) -> None:
    raise RuntimeError("x" * (65_536 // 32 - 5) + password + "y" * 90_000)


def long_no_json(self: Any, password: str) -> Any:
    return {"x" * 1_010 + password: object()}


BODIES = [
    raising,
    odd,
    ignored,
    rejected,
    declared,
    exiting,
    no_json,
    long_text,
    long_error,
    long_no_json,
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("value", [VALUE, "40961234"])
def test_however_a_body_ends_its_secret_is_not_in_what_is_left(body: Any, value: str) -> None:
    make_secret("db", value)
    run = run_of(body)

    left = all_that_is_left(run)
    assert value not in left
    assert value[:6] not in left
    assert MASK in left or "\\u2022" in left or body is exiting or body is long_text
