"""The hard limits of params, whatever the task: what JSON can carry and PostgreSQL can store, in
bounded size.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

MOST_BYTES = 64 * 1024
DEEPEST = 20
# Each value takes two bytes at least, so more values than this cannot fit.
MOST_VALUES = MOST_BYTES // 2
LONGEST_KEY_IN_PATH = 60
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What no name may hold, as nobody sees it or it turns around what stands beside it: control
# characters, soft hyphens, characters without width, marks of direction and separators of lines.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]"
)
UNSEEN_RULE = "contains an invisible character or one that changes the text direction"
PLAIN_KEY = re.compile(r"[^\W\d]\w*", re.ASCII)

Problem = tuple[str, str]
Found = tuple[str, object, int]


class TooMuch(ValueError):
    """Params beyond a limit; ``problem`` is the (path, message) pair."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.problem: Problem = (path, message)


def encoded(params: object) -> str:
    """The params as compact JSON text; raises TooMuch when they are no JSON object or pass a
    limit.
    """
    if not isinstance(params, dict):
        raise TooMuch("", f"must be a JSON object, not {_kind(params)}")
    for count, (path, value, depth) in enumerate(_walk(params), start=1):
        if count > MOST_VALUES:
            raise _too_big()
        _check(path, value, depth)
    return _dumped(params)


def joined(path: str, step: str | int) -> str:
    """The path one step further: ``payload``, ``payload[2]``, ``payload[2].name``,
    ``headers["x-id"]``.
    """
    if isinstance(step, int):
        return f"{path}[{step}]"
    shown = step if len(step) <= LONGEST_KEY_IN_PATH else f"{step[:LONGEST_KEY_IN_PATH]}…"
    if PLAIN_KEY.fullmatch(shown):
        return f"{path}.{shown}" if path else shown
    return f"{path}[{json.dumps(shown)}]" if path else json.dumps(shown)


def _walk(params: dict[object, object]) -> Iterator[Found]:
    """Each value with its path and depth, parents first; iterative, so that depth cannot exhaust
    the stack.
    """
    waiting: list[Found] = [("", params, 1)]
    while waiting:
        path, value, depth = waiting.pop()
        yield path, value, depth
        if isinstance(value, dict):
            waiting.extend(
                (joined(path, _key(path, key)), below, depth + 1) for key, below in value.items()
            )
        elif isinstance(value, list):
            waiting.extend((joined(path, n), below, depth + 1) for n, below in enumerate(value))


def _key(path: str, key: object) -> str:
    if not isinstance(key, str):
        raise TooMuch(path, f"has a key that is {_kind(key)}; keys must be strings")
    _check_text(path, key, "has a key with")
    return key


def _check(path: str, value: object, depth: int) -> None:
    if isinstance(value, dict | list):
        _check_nest(path, value, depth)
    elif isinstance(value, str):
        _check_text(path, value, "holds")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise TooMuch(path, f"is {value}, which is not a JSON number")
    elif value is not None and not isinstance(value, int):
        raise TooMuch(path, f"must be a JSON value, not {_kind(value)}")


def _check_nest(path: str, value: dict[object, object] | list[object], depth: int) -> None:
    if len(value) > MOST_VALUES:
        raise _too_big()
    if depth > DEEPEST:
        raise TooMuch(path, f"is nested more than {DEEPEST} levels deep")


def _check_text(path: str, text: str, verb: str) -> None:
    if len(text) > MOST_BYTES:
        raise _too_big()
    if found := UNSTORABLE.search(text):
        what = "a NUL character" if found[0] == "\x00" else "half a surrogate pair"
        raise TooMuch(path, f"{verb} {what}, which cannot be stored")


def _dumped(params: dict[str, object]) -> str:
    try:
        text = json.dumps(params, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        # Python's own limit on writing out an integer; everything else was ruled out before.
        raise TooMuch("", "contains a number with too many digits") from None
    if len(text.encode()) > MOST_BYTES:
        raise _too_big()
    return text


def _too_big() -> TooMuch:
    return TooMuch("", f"must not be larger than {MOST_BYTES // 1024} KB as JSON")


def _kind(value: object) -> str:
    names = {
        list: "a list",
        str: "a string",
        int: "an integer",
        float: "a number",
        bool: "a boolean",
        type(None): "null",
    }
    return names.get(type(value), f"a Python {type(value).__name__}")
