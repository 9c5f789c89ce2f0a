"""What the lines of this process are about: bound where a run begins, read by whoever formats a line.

For the whole process, not for a thread: a pool child works on one run at a time, whatever threads its body starts.
"""

from __future__ import annotations

from typing import Any

_bound: dict[str, Any] = {}


def bind(**fields: Any) -> None:
    """From here on, every line is about these."""
    unbind()
    _bound.update(fields)


def unbind() -> None:
    _bound.clear()


def bound() -> dict[str, Any]:
    return dict(_bound)
