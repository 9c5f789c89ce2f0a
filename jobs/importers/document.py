"""A schedule file as JSON: comments allowed, duplicate keys refused, the place of every value known."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from jobs.importers.positions import JsonPath, Positions
from jobs.importers.problems import UnreadableFile

MOST_BYTES = 64 * 1024 * 1024
DEEPEST = 64
# Strings are matched too, so that "//" within one (a URL) is not taken for a comment.
STRING_OR_COMMENT = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|//[^\n]*+|/\*[\s\S]*?\*/')
NOT_BLANK = re.compile(r"[^\n\r\t]")


class Document:
    """The content of one file; ``name`` is what people call it, ``source`` the absolute path that jobs keep.

    Raises UnreadableFile.
    """

    def __init__(self, name: str, text: str, *, source: str = "") -> None:
        self.name = name
        self.source = source or name
        clean = _blank_comments(text)
        self._positions = Positions(clean)
        self.value = _parse(clean, self._positions)

    @property
    def stem(self) -> str:
        """The file's name without folder and ending."""
        return Path(self.name).stem

    def position(self, path: JsonPath) -> tuple[int, int]:
        """Line and column (from 1) of the value at ``path``, or of the nearest value around it that exists."""
        return self._positions.of(path)


def read(path: str | os.PathLike[str]) -> Document:
    """Read a file; raises UnreadableFile, also when it is not there, too large or no UTF-8."""
    return Document(os.fspath(path), decoded(content(path)), source=source_of(path))


def source_of(path: str | os.PathLike[str]) -> str:
    """The file's identity: its absolute path. Links are kept, as a mounted file may be a link that moves."""
    return os.path.abspath(path)  # noqa: PTH100  resolve() would follow links


def content(path: str | os.PathLike[str]) -> bytes:
    """The file's bytes; raises UnreadableFile."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(f"cannot be read: {error.strerror or error}") from error
    if len(raw) > MOST_BYTES:
        raise UnreadableFile(f"is larger than {MOST_BYTES // 1024 // 1024} MB", hint="split it into several files")
    return raw


def decoded(raw: bytes) -> str:
    """UTF-8 text, with or without a byte order mark; raises UnreadableFile."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(f"is not UTF-8 text: byte 0x{raw[error.start]:02x}", line=line, column=1) from error


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
        raise UnreadableFile(f"the key {key!r} stands twice in one object", line=line, column=column) from None
    except RecursionError:
        raise _too_deep() from None
    except _NotJson as error:
        raise UnreadableFile(f"is not JSON: {error}") from error
    except ValueError as error:
        # Python's own limit on reading an integer; nothing else is left.
        raise UnreadableFile("holds a number with too many digits") from error
    if _is_too_deep(value):
        raise _too_deep()
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


def _refuse_constant(word: str) -> Any:
    raise _NotJson(f"{word} is no JSON number")


def _syntax_error(text: str, error: json.JSONDecodeError) -> UnreadableFile:
    message = error.msg[0].lower() + error.msg[1:]
    return UnreadableFile(
        f"is not JSON: {message}", line=error.lineno, column=error.colno, hint=_syntax_hint(text, error)
    )


def _syntax_hint(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "the file is empty"
    here = text[error.pos : error.pos + 2]
    if here == "/*":
        return "this comment has no end"
    if here[:1] in ("}", "]") and text[: error.pos].rstrip().endswith(","):
        return "the comma before it is one too many"
    return {"'": 'strings stand in double quotes: "…"', "#": "comments begin with // here"}.get(here[:1], "")


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
