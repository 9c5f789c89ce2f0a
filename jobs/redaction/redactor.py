"""Redactor: what stands between stored values and whoever looks at them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobs.redaction.keys import GAP, MASK, WITHIN, is_plain, is_reference, is_secret
from jobs.redaction.known import Known
from jobs.redaction.patterns import scrubbed, url_passwords


class Redactor:
    """Hides secrets by their keys, by what surrounds them in a text, and the ``known`` ones
    wherever they stand.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = Known(known)

    def json(self, value: Any) -> Any:
        """The same JSON value with MASK for each secret in it, whole or as a part of a text.

        Of what is not JSON, as the arguments of a plain task may be, whatever it is not known how
        to look into stays.
        """
        if isinstance(value, dict):
            return {key: self.under(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def under(self, key: str, value: Any) -> Any:
        """The value as it may be shown under this key."""
        if is_plain(key, value):
            return value
        if key == WITHIN and isinstance(value, str):
            # What stands for a password there is none.
            return GAP.join(map(self.text, value.split(GAP)))
        return MASK if is_secret(key) and not is_reference(value) else self.json(value)

    def text(self, text: str) -> str:
        """The text without the secrets in it; it has as many lines as before."""
        return scrubbed(self._known.covered(text))


class _Open(Redactor):
    def json(self, value: Any) -> Any:
        return value

    def text(self, text: str) -> str:
        return text


class _Closed(Redactor):
    def json(self, value: Any) -> Any:
        return value if is_plain("", value) else MASK

    def text(self, text: str) -> str:
        return text and MASK


# Hides everything, where what is secret cannot be known.
CLOSED = _Closed()
# Hides nothing. Only an action that has asked for the right and recorded it hands it out:
# jobs.actions.masking.reveal.
OPEN = _Open()


# For what belongs to no run.
PLAIN = Redactor()


def redactor_of(params: Any) -> Redactor:
    """The redactor over all that has to do with these params: what is secret in them is hidden
    wherever it occurs.
    """
    return Redactor(_known_in(params))


def with_parts(secrets: Iterable[str]) -> list[str]:
    """The texts, and what in them a body may take apart: secrets under their keys in JSON,
    passwords in addresses.
    """
    return list(_known_in(list(secrets), is_hidden=True))


def metadata_redactor(fields: Mapping[str, Any]) -> Redactor:
    """The redactor over a job's metadata, which may say its params once more."""
    return Redactor(_known_in([fields.get("params"), fields.get("metadata")]))


def masked(value: Any) -> Any:
    """A JSON value as it may be shown."""
    return redactor_of(value).json(value)


def _known_in(value: Any, *, is_hidden: bool = False) -> Iterator[str]:
    """The texts under a secret's key, and the passwords in addresses, at any depth, in texts that
    are JSON as well.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            if not is_plain(key, item):
                known = (is_hidden or is_secret(str(key))) and not is_reference(item)
                yield from _known_in(item, is_hidden=known)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _known_in(item, is_hidden=is_hidden)
    elif isinstance(value, str):
        yield from [value] if is_hidden else ()
        yield from url_passwords(value)
        yield from _within(value)


def _within(text: str) -> list[str]:
    """What is known in a text that is JSON; nothing in any other."""
    try:
        return list(_known_in(json.loads(text))) if text.lstrip()[:1] in {"{", "["} else []
    except (ValueError, RecursionError):
        return []
