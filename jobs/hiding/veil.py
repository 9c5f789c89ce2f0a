"""Veil: what stands between stored values and whoever looks at them."""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby
from typing import Any
from urllib.parse import quote, quote_plus

from jobs.hiding.keys import MASK, is_plain, is_secret
from jobs.hiding.patterns import scrubbed, url_passwords

SHORTEST = 4  # what is shorter would be found in half the words
BRANCHES, DEPTH = 8, 4
CUT = "…"


class Veil:
    """Hides secrets by their keys, by what surrounds them in a text, and the ``known`` ones wherever they stand."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._forms = {form for secret in known for form in forms_of(secret)}

    def json(self, value: Any) -> Any:
        """The same JSON value with MASK for each secret in it, whole or as a part of a text."""
        if isinstance(value, dict):
            return {key: self.under(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def under(self, key: str, value: Any) -> Any:
        """The value as it may be shown under this key."""
        if is_plain(key, value):
            return value
        return MASK if is_secret(key) else self.json(value)

    def text(self, text: str) -> str:
        """The text without the secrets in it; it has as many lines as before."""
        if self._forms:
            text = self._pattern.sub(MASK, self._without_stump(text) if text.endswith(CUT) else text)
        return scrubbed(text)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(_any_of(sorted(self._forms), 0))

    def _without_stump(self, text: str) -> str:
        """Where a text was cut within a secret, its beginning is left at the end."""
        body = text.removesuffix(CUT)
        stumps = (form[:length] for form in self._forms for length in range(len(form) - 1, SHORTEST - 1, -1))
        found = max((stump for stump in stumps if body.endswith(stump)), key=len, default="")
        return f"{body.removesuffix(found)}{MASK}{CUT}" if found else text


class _Open(Veil):
    def json(self, value: Any) -> Any:
        return value

    def text(self, text: str) -> str:
        return text


# Hides nothing. Only an action that has asked for the right and recorded it hands it out: jobs/actions/revealing.py.
OPEN = _Open()


# For what belongs to no run.
PLAIN = Veil()


def veil_of(params: Any) -> Veil:
    """The veil over all that has to do with these params: what is secret in them is hidden wherever it occurs."""
    return Veil(_known_in(params))


def metadata_veil(fields: Mapping[str, Any]) -> Veil:
    """The veil over a job's metadata, which may say its params once more."""
    return Veil(_known_in([fields.get("params"), fields.get("metadata")]))


def masked(value: Any) -> Any:
    """A JSON value as it may be shown."""
    return veil_of(value).json(value)


def hidden(key: str, value: Any) -> Any:
    """A JSON value as it may be shown under this key."""
    return veil_of({key: value}).under(key, value)


def forms_of(secret: str) -> Iterator[str]:
    """How a secret may stand in a text: each of its lines, also as JSON, a Python literal or an address has it."""
    for line in secret.splitlines():
        if len(line.strip()) >= SHORTEST:
            plain = line.strip()
            yield from (plain, json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1], repr(plain)[1:-1])
            yield from (quote(plain, safe, errors="replace") for safe in ("", "/"))
            yield quote_plus(plain, errors="replace")


def _known_in(value: Any, *, is_hidden: bool = False) -> Iterator[str]:
    """The texts under a secret's key, and the passwords in addresses, at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not is_plain(key, item):
                yield from _known_in(item, is_hidden=is_hidden or is_secret(key))
    elif isinstance(value, list):
        for item in value:
            yield from _known_in(item, is_hidden=is_hidden)
    elif isinstance(value, str):
        yield from [value] if is_hidden else url_passwords(value)


def _any_of(forms: list[str], depth: int) -> str:
    """A pattern for any of the sorted forms, the longest first; branching, so that many are found as fast as few."""
    start = os.path.commonprefix(forms)  # noqa: RUF071  of texts, not of paths
    rest = [form[len(start) :] for form in forms]
    if len(forms) <= BRANCHES or depth == DEPTH:
        ends = "|".join(re.escape(end) for end in sorted(rest, key=len, reverse=True))
    else:
        groups = [list(group) for _, group in groupby(rest, key=lambda end: end[:1])]
        ends = "|".join(_any_of(group, depth + 1) for group in reversed(groups))  # the empty end comes last
    return f"{re.escape(start)}(?:{ends})"
