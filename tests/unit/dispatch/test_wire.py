"""How a run is written in its message, and what our worker makes of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from jobs.dispatch.messages.wire import (
    WIRE_TASK,
    claims_to_be_run,
    is_of_former_run,
    is_of_run,
    prefixed,
    unwrapped,
)

RUN = str(uuid.UUID(int=7))
TOLD: dict[str, Any] = {"run": RUN, "publish": 2, "timeout": 5, "exclusive": True}
SENT = {"id": f"{RUN}.2", "task": WIRE_TASK, **prefixed(TOLD | {"task": "Echo"})}
FORMER = {"id": f"{RUN}.2", "task": "Echo", **TOLD}


def test_behind_the_entrance_a_run_has_its_own_task_and_the_message_is_as_it_came() -> None:
    was = dict(SENT)
    assert unwrapped(SENT) == was | {"task": "Echo"}
    assert was == SENT, "what goes back to the broker must still bear out its seal"


def test_a_message_of_the_version_before_is_read_by_the_new_names() -> None:
    read = unwrapped(FORMER)
    assert read["task"] == "Echo"
    assert {name: read[name] for name in prefixed(TOLD)} == prefixed(TOLD)


@pytest.mark.parametrize(
    "odd",
    [
        SENT | {"task": "Echo"},
        SENT | {"beatwright_task": None},
        FORMER | {"id": "another"},
        FORMER | {"task": WIRE_TASK, "run": None},
        {"task": WIRE_TASK},
        {},
    ],
)
def test_what_neither_version_has_written_is_not_read(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not as a run's message is written"):
        unwrapped(odd)


def test_a_projects_own_headers_make_no_run() -> None:
    own = {"id": str(uuid.uuid4()), "task": "shop.mail", "run": "nightly", "publish": 1}
    assert not is_of_run(own)
    assert not is_of_former_run(own)
    assert not claims_to_be_run(own)
