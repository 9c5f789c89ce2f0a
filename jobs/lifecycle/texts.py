"""Values made fit to be stored: no character a database refuses, nothing larger than allowed."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from celery.utils.saferepr import saferepr

from jobs.redaction.redactor import masked

ARGUMENTS_MAX_CHARACTERS = 1024
NOTE_MAX_CHARACTERS = 400  # with a few words of ours before it, it fits into Run.reason
DEEPEST = 100  # levels of lists and objects; what reads them recurses a few times a level
HARD_TO_SHOW = re.compile(r"NaN|Infinity|\\u[dD][89a-fA-F]")  # may be, and is looked at
MARK_BYTES = 100  # what the mark around the head of a truncated result takes


def clean(text: str) -> str:
    """Replace NUL bytes and lone surrogates, which PostgreSQL cannot store."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def clean_json(value: Any) -> Any:
    """A JSON-ready copy of ``value`` that any database can store; what JSON does not know becomes
    its text.
    """
    try:
        return _cleaned(json.loads(json.dumps(value, default=str)))
    except (TypeError, ValueError, RecursionError):
        return representation(value)


def representation(value: Any) -> str:
    """What Python shows of ``value``, in bounded length; even of what it refuses to show."""
    try:
        return clean(saferepr(value, ARGUMENTS_MAX_CHARACTERS))
    except Exception as error:  # noqa: BLE001  # an integer of too many digits, somebody else's __repr__
        return f"a {type(value).__name__} that cannot be shown: {type(error).__name__}"


def showable_json(text: str) -> str:
    """JSON text as every reader of it can take it; what it holds beyond that is replaced by text
    that says so.

    Python writes NaN and Infinity, which are no JSON; half a surrogate pair, which is no text; and
    lists in lists for as long as its stack lasts.
    """
    if not HARD_TO_SHOW.search(text) and text.count("[") + text.count("{") <= DEEPEST:
        return text
    found = json.loads(text)
    shown = _cleaned(found)
    return text if shown == found else json.dumps(shown)


def read_json(text: str | None) -> Any:
    """What stored JSON text says, as every surface can show it; also of rows that others have
    written.
    """
    if not text:
        return None
    try:
        return json.loads(showable_json(text))
    except (ValueError, RecursionError):
        return bounded_text(text, ARGUMENTS_MAX_CHARACTERS)


def _cleaned(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict | list):
        return _cleaned_nest(value, depth + 1)
    if isinstance(value, str):
        return clean(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _cleaned_nest(value: dict[str, Any] | list[Any], depth: int) -> Any:
    if depth > DEEPEST:
        return f"not shown: nested more than {DEEPEST} levels deep"
    if isinstance(value, dict):
        return {clean(key): _cleaned(item, depth) for key, item in value.items()}
    return [_cleaned(item, depth) for item in value]


def shown_arguments(params: dict[str, Any]) -> str:
    """Params the way django-celery-results stores keyword arguments: a representation, quoted as
    JSON.
    """
    return json.dumps(saferepr(masked(params), ARGUMENTS_MAX_CHARACTERS))


def bounded_json(text: str, limit: int) -> str:
    """``text`` (JSON) as it is, or a valid JSON mark in its place: ``{"truncated": true, "bytes":
    n, "head": …}``.
    """
    size = len(text.encode())  # the head is quoted again, which may double it: hence half the limit
    if size <= limit:
        return text
    # It ends with a mark of its own, by which the beginning of a secret is known that was cut
    # there.
    mark = {"truncated": True, "bytes": size, "head": f"{text[: (limit - MARK_BYTES) // 2]}…"}
    return json.dumps(mark)


def bounded_text(text: str, limit: int) -> str:
    """``text`` fit to be stored, without its middle if it is longer than ``limit`` characters."""
    text, half = clean(text), limit // 2
    if len(text) <= limit:
        return text
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def first_line(text: str) -> str:
    """The first line that says something, at most NOTE_MAX_CHARACTERS of it."""
    line = next((line.strip() for line in clean(text).splitlines() if line.strip()), "")
    return line if len(line) <= NOTE_MAX_CHARACTERS else f"{line[: NOTE_MAX_CHARACTERS - 1]}…"
