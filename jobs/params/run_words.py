"""How a search for runs is written: ``state:failed duration:>5m params.customer:7 some text``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jobs.errors import UnreadableFilter
from jobs.redaction.keys import is_secret

PARAM = "params."
# A word goes on until a space that is not within quotes.
TOKEN = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
NAMED = re.compile(r"([a-z][\w.$-]*):(.+)", re.IGNORECASE | re.DOTALL)
PART = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|min|s|m|h|d|w)")
MOST_SECONDS = 100 * 365 * 86_400
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
COMPARED = re.compile(r"(>=|<=|>|<)?(.+)")
DURATION_HINT = "write a duration such as 90s, 5m or 1h30m"
DEEPEST_PATH = 5


@dataclass(frozen=True)
class Bounds:
    """Longer than ``least``, shorter than ``most``; ``text`` as a person wrote it."""

    text: str
    least: timedelta | None = None
    most: timedelta | None = None


def words_of_search(text: str) -> tuple[list[tuple[str, str]], str]:
    """The words that have a name, each with its value, and the rest, which is searched as text.

    Quotes keep spaces and colons within a word: ``error:"ReadTimeout"``, ``"http://db2"``.
    """
    named, rest = list[tuple[str, str]](), list[str]()
    for token in TOKEN.findall(text):
        match = None if token.startswith('"') else NAMED.fullmatch(token)
        if match:
            named.append((_folded(match[1]), match[2].replace('"', "")))
        else:
            rest.append(token.replace('"', ""))
    return named, " ".join(rest)


def _folded(name: str) -> str:
    """Names are read in any letter case, the path of a parameter as it is."""
    head, dot, path = name.partition(".")
    return f"{head.lower()}{dot}{path}"


def read_span(text: str) -> timedelta | None:
    """``90s``, ``1h30m``, ``7d``; None for any other text."""
    written = text.strip().lower().replace(" ", "")
    parts = PART.findall(written)
    if not parts or "".join(number + unit for number, unit in parts) != written:
        return None
    seconds = sum(float(number) * SECONDS[unit] for number, unit in parts)
    return timedelta(seconds=min(seconds, MOST_SECONDS))


def read_bounds(text: str) -> Bounds:
    """``>5m``, ``<30s``, ``5m..10m``; without a sign, longer than that. Raises
    UnreadableFilter.
    """
    low, dots, high = text.strip().partition("..")
    if dots:
        return Bounds(text.strip(), least=_length(low), most=_length(high))
    match = COMPARED.fullmatch(low)
    sign, span = (match[1], _length(match[2])) if match else ("", _length(low))
    return Bounds(text.strip(), most=span) if (sign or "").startswith("<") else Bounds(text, span)


def _length(text: str) -> timedelta:
    span = read_span(text)
    if span is None:
        raise UnreadableFilter(
            f"cannot be {text.strip()[:40]!r}",
            field="duration",
            hint=f"{DURATION_HINT}, with > or < before it",
        )
    return span


def read_param(text: str) -> tuple[str, str]:
    """``customer.id:7`` or ``customer.id=7``: a path into the params, and the value there.

    Raises UnreadableFilter, also for what would be guessed: a value that no page shows.
    """
    match = re.fullmatch(r"([^:=]+)[:=](.*)", text.strip(), re.DOTALL)
    if not match or not match[1].strip(".") or not match[2]:
        raise UnreadableFilter(
            f"cannot be {text[:40]!r}", field="param", hint="write it as customer.id:7"
        )
    keys = keys_of(match[1])
    if len(keys) > DEEPEST_PATH:
        raise UnreadableFilter(
            f"has more than {DEEPEST_PATH} names in its path", field=f"params.{match[1][:40]}"
        )
    if any(is_secret(key) for key in keys):
        raise UnreadableFilter("is secret and cannot be searched", field=f"params.{match[1][:40]}")
    return match[1], match[2]


def keys_of(path: str) -> list[str]:
    """The names that lead to a parameter."""
    return [key for key in path.split(".") if key]


def values_meant(text: str) -> list[Any]:
    """What a written value may be in JSON: the text itself, and the number or word that it is."""
    try:
        read = json.loads(text)
    except ValueError:
        return [text]
    return [text] if isinstance(read, str | dict | list) else [text, read]
