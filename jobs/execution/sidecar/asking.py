"""How the threads of a worker's main process ask the database: through the sidecar, within a time
limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from jobs import conf
from jobs.execution.sidecar.process import HEARTBEAT, sidecar

T = TypeVar("T")

CONNECTING_AND_ANSWERING = (
    3  # times the limit of a statement: a connection may have to be made first
)


def from_database(function: Callable[..., T], *arguments: object, lane: str = HEARTBEAT) -> T:
    """``function(*arguments)`` as the sidecar calls it; raises the database's errors, and that of
    no answer.
    """
    seconds = CONNECTING_AND_ANSWERING * conf.get().lease_timeout_seconds
    return sidecar.ask(lane, function, *arguments, seconds=seconds)
