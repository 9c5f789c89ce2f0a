"""What a message tells of its arguments beside its body, for events and logs, is without the
secrets in them.
"""

from __future__ import annotations

from typing import Any

import pytest

from jobs.redaction.keys import MASK
from scheduler_site.celery import app

SECRET = "corr3ct-h0rse"


def told_of(args: tuple[Any, ...], kwargs: dict[str, Any], **options: Any) -> tuple[str, str]:
    """The header and the event, which say the same."""
    message: Any = app.amqp.as_task_v2(
        "1", "EchoTask", args, kwargs, create_sent_event=True, **options
    )
    told = message.headers["argsrepr"], message.headers["kwargsrepr"]
    assert told == (message.sent_event["args"], message.sent_event["kwargs"])
    assert message.body[:2] == (args, kwargs)
    return told


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ((), {}, ("()", "{}")),
        ((1, "x"), {"n": (2, None)}, ("(1, 'x')", "{'n': [2, None]}")),
        (
            (),
            {"password": SECRET, "of": f"a {SECRET}"},
            ("()", f"{{'password': '{MASK}', 'of': 'a {MASK}'}}"),
        ),
        (
            ({"tokens": (SECRET,)},),
            {"of": SECRET},
            (f"({{'tokens': '{MASK}'}},)", f"{{'of': '{MASK}'}}"),
        ),
        (
            (),
            {"at": {7: f"x://ann:{SECRET}@db/"}},
            ("()", f"{{'at': {{7: 'x://ann:{MASK}@db/'}}}}"),
        ),
    ],
)
def test_secrets_among_the_arguments_are_hidden(
    args: tuple[Any, ...], kwargs: dict[str, Any], told: tuple[str, str]
) -> None:
    assert told_of(args, kwargs) == told


def test_what_the_caller_says_of_them_is_said_without_the_secrets() -> None:
    assert told_of(
        (), {"password": SECRET}, argsrepr=f"(given {SECRET})", kwargsrepr="token=abcd"
    ) == (
        f"(given {MASK})",
        f"token={MASK}",
    )


def test_what_is_told_is_as_short_as_celery_makes_it() -> None:
    assert len(told_of((), {"text": "x" * 100_000})[1]) < 2_000
