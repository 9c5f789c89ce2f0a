"""One row's fault stays its own: a loop over rows goes on with the next, and the log names the one
it left out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

from jobs.database.locks import is_row_lock, with_lock_holders

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

# Not the row's fault: the next one would meet them as well.
NOT_THE_ROWS = (OperationalError, InterfaceError)
TOLD_AGAIN_SECONDS = 300.0
MOST_TOLD = 1_000

_told: dict[str, float] = {}


def each_by_itself(
    items: Iterable[T],
    act: Callable[[T], R],
    *,
    what: str,
    through: tuple[type[Exception], ...] = (),
) -> list[R]:
    """What ``act`` makes of each; an item at which it fails is logged as ``what`` and left out.

    ``act`` must undo what it has begun, as a transaction does. One that somebody keeps locked is
    left for later. Raised are a database that is away, and ``through``.
    """
    return [result for item in items for result in by_itself(item, act, what=what, through=through)]


def by_itself(
    item: T, act: Callable[[T], R], *, what: str, through: tuple[type[Exception], ...] = ()
) -> list[R]:
    """The same of one item: what ``act`` makes of it, or nothing."""
    try:
        return [act(item)]
    except Exception as error:
        if is_row_lock(error):
            _tell(f"{what}: {str(item)[:200]!r} is left for later", with_lock_holders(error))
            return []
        if isinstance(error, (*NOT_THE_ROWS, *through)):
            raise
        _tell(f"{what}: {str(item)[:200]!r} is left out", f"{type(error).__name__}: {error}", error)
        return []


def _tell(message: str, why: str, error: Exception | None = None) -> None:
    """Log it, and not again for five minutes: the same row is met at every look."""
    now = time.monotonic()
    if now - _told.get(message, -TOLD_AGAIN_SECONDS) < TOLD_AGAIN_SECONDS:
        return
    if len(_told) >= MOST_TOLD:
        _told.clear()
    _told[message] = now
    logger.log(logging.ERROR if error else logging.WARNING, "%s: %s", message, why, exc_info=error)
