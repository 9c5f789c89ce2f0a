"""What a body returns must be done: a generator or an awaitable is work that nothing would ever
do.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any


class Unfinished(TypeError):
    """The body came to its end and left its work undone."""


def refuse_unfinished(result: Any) -> None:
    """Raise Unfinished for a result that is itself a piece of work, such as a generator, a ``map``
    or a future.
    """
    if not isinstance(result, Awaitable | Iterator | AsyncIterator):
        return
    if inspect.iscoroutine(result) or inspect.isgenerator(result):
        result.close()  # a coroutine that is thrown away would warn
    kind = type(result).__name__
    raise Unfinished(
        f"the task returned a {kind}, whose work nothing would do: return its result, such as "
        "a list"
    )
