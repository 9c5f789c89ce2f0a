"""The exception that ended a body, as people are told of it.

Celery replaces an exception that cannot be pickled (one whose constructor has arguments of its own,
for instance) by a wrapper or by a base class before it is stored. So what is stored comes from the
exception itself.
"""

from __future__ import annotations

import traceback
from typing import Any

from kombu.utils.encoding import safe_repr


def error_line_of(error: BaseException) -> str:
    """``Needy: 7: custom arguments``, from a class's own words if it has any, else from its
    arguments.
    """
    kind = type(error)
    if kind.__str__ in {BaseException.__str__, Exception.__str__}:
        text = ", ".join(_text(argument) for argument in error.args if argument not in (None, ""))
    else:
        text = _text(error)
    return f"{kind.__qualname__}: {text}" if text else kind.__qualname__


def traceback_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _text(value: Any) -> str:
    try:
        return str(value)
    except BaseException:  # noqa: BLE001  # somebody else's __str__, which may even raise SystemExit
        return safe_repr(value)
