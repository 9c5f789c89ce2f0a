"""A schedule file as JSON: comments allowed, duplicate keys refused, the place of every value
known.
"""

from __future__ import annotations

import json
import re
from typing import Any

from jobs.importers.contents.base import Content, Place
from jobs.importers.files.positions import JsonPath, Positions
from jobs.importers.files.problems import UnreadableFile

DEEPEST = 64
# Strings are matched too, so that "//" within one (a URL) is not taken for a comment.
STRING_OR_COMMENT = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|//[^\n]*+|/\*[\s\S]*?\*/')
NOT_BLANK = re.compile(r"[^\n\r\t]")
KINDS = "wanted: JSON, YAML, TOML, the lines of a crontab, or Python that sets beat_schedule"


class JsonText(Content):
    """Raises UnreadableFile."""

    kind = "json"

    def __init__(self, text: str) -> None:
        clean = _blank_comments(text)
        self._positions = Positions(clean)
        super().__init__(_parse(clean, self._positions))

    def position(self, path: JsonPath) -> Place:
        return self._positions.of(path)


def _blank_comments(text: str) -> str:
    """The text with spaces for comments, so that every value keeps its place."""
    if "//" not in text and "/*" not in text:
        return text
    return STRING_OR_COMMENT.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == '"' else NOT_BLANK.sub(" ", found[0])


class _DuplicateKey(ValueError):
    pass


class _NotJson(ValueError):
    pass


def _parse(text: str, positions: Positions) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error) from error
    except _DuplicateKey:
        key, offset = positions.duplicate_key()
        line, column = positions.line_column(offset)
        raise UnreadableFile(
            f"the key {key!r} stands twice in one object", line=line, column=column
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except _NotJson as error:
        raise UnreadableFile(f"is not JSON: {error}") from error
    except ValueError as error:
        # Python's own limit on reading an integer; nothing else is left.
        raise UnreadableFile("contains a number with too many digits") from error
    if _is_too_deep(value):
        raise _too_deep()
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


def _refuse_constant(word: str) -> Any:
    raise _NotJson(f"{word} is not a JSON number")


def _syntax_error(text: str, error: json.JSONDecodeError) -> UnreadableFile:
    error = _behind_the_comma(text, error)
    message = error.msg[0].lower() + error.msg[1:]
    return UnreadableFile(
        f"is not JSON: {message}",
        line=error.lineno,
        column=error.colno,
        hint=_syntax_hint(text, error),
    )


def _behind_the_comma(text: str, error: json.JSONDecodeError) -> json.JSONDecodeError:
    """From Python 3.13 on the error is at a comma that is too many, before that behind it."""
    if not error.msg.startswith("Illegal trailing comma"):
        return error
    rest = text[error.pos + 1 :]
    behind = len(text) - len(rest.lstrip())
    return json.JSONDecodeError(error.msg, text, behind)


def _syntax_hint(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "the file is empty"
    here = text[error.pos : error.pos + 2]
    if error.pos == len(text) - len(text.lstrip()):
        return KINDS
    if here == "/*":
        return "this comment has no end"
    if here[:1] in ("}", "]") and text[: error.pos].rstrip().endswith(","):
        return "the comma before it is one too many"
    return {"'": 'strings stand in double quotes: "…"', "#": "comments begin with // here"}.get(
        here[:1], ""
    )


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            below
            for nest in level
            if isinstance(nest, dict | list)
            for below in (nest.values() if isinstance(nest, dict) else nest)
        ]
        if not level:
            return False
    return True


def _too_deep() -> UnreadableFile:
    return UnreadableFile(f"is nested more than {DEEPEST} levels deep")
