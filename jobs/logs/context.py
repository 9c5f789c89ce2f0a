"""What the lines of this process are about: bound where a run begins, read by whoever formats a
line.

For the whole process, not for a thread: a pool child works on one run at a time, whatever threads
its body starts.
"""

from __future__ import annotations

from typing import Any

from jobs.redaction.redactor import PLAIN, Redactor, redactor_of

_bound: dict[str, Any] = {}
_given: list[Any] = []  # what the task was given, until somebody asks for the redactor over it
_redactors: list[Redactor] = []


def bind(given: Any = None, **fields: Any) -> None:
    """From here on, every line is about these, and hides what is secret in ``given``: params as
    JSON has them.
    """
    unbind()
    _bound.update(fields)
    _given.append(given)


def hide(secrets: list[str]) -> None:
    """These as well, until something else is bound."""
    _given.append({"secrets": secrets})
    _redactors.clear()


def unbind() -> None:
    _bound.clear()
    _given.clear()
    _redactors.clear()


def bound() -> dict[str, Any]:
    return dict(_bound)


def redactor() -> Redactor:
    """Over the secrets that this process works with; made once, when the first line needs it."""
    if not _redactors:
        if not _given:
            return PLAIN
        _redactors.append(redactor_of(_given))
    return _redactors[0]
