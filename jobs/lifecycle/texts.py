"""Values made fit to be stored: no character a database refuses, nothing larger than allowed."""

from __future__ import annotations

import json
from typing import Any

from celery.utils.saferepr import saferepr

from jobs.hiding.veil import masked

ARGUMENTS_MAX_CHARACTERS = 1024
NOTE_MAX_CHARACTERS = 400  # with a few words of ours before it, it fits into Run.reason
MARK_BYTES = 100  # what the mark around the head of a truncated result takes


def clean(text: str) -> str:
    """Replace NUL bytes and lone surrogates, which PostgreSQL cannot store."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def clean_json(value: Any) -> Any:
    """A JSON-ready copy of ``value`` that any database can store; what JSON does not know becomes its text."""
    try:
        return _cleaned(json.loads(json.dumps(value, default=str, allow_nan=False)))
    except (TypeError, ValueError, RecursionError):
        return clean(saferepr(value, ARGUMENTS_MAX_CHARACTERS))


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return clean(value) if isinstance(value, str) else value


def shown_arguments(params: dict[str, Any]) -> str:
    """Params the way django-celery-results stores keyword arguments: a representation, quoted as JSON."""
    return json.dumps(saferepr(masked(params), ARGUMENTS_MAX_CHARACTERS))


def bounded_json(text: str, limit: int) -> str:
    """``text`` (JSON) as it is, or a valid JSON mark in its place: ``{"truncated": true, "bytes": n, "head": …}``."""
    size = len(text.encode())  # the head is quoted again, which may double it: hence half the limit
    if size <= limit:
        return text
    mark = {"truncated": True, "bytes": size, "head": text[: (limit - MARK_BYTES) // 2]}
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
