"""The way back from hidden secrets: what is sent again as it was shown stands for what it hid."""

from __future__ import annotations

from typing import Any

from jobs.redaction.keys import MASK
from jobs.redaction.redactor import Redactor, masked


def restored(sent: Any, stored: Any, redactor: Redactor) -> Any:
    """``sent`` with each text that is masked as ``stored`` is shown in the same place replaced by
    what that says.

    What was moved elsewhere, or was never stored, stays masked. ``redactor`` is the one it was
    shown through.
    """
    if isinstance(sent, dict):
        known = stored if isinstance(stored, dict) else {}
        return {key: _under(key, item, known.get(key), redactor) for key, item in sent.items()}
    if isinstance(sent, list):
        known_items = stored if isinstance(stored, list) else []
        padded = [*known_items, *[None] * len(sent)]
        return [_under("", item, padded[n], redactor) for n, item in enumerate(sent)]
    return sent


def stands_for(sent: Any, stored: Any) -> bool:
    """Whether this is what is stored, or what it was shown as."""
    return bool(sent == stored or sent == masked(stored))


def has_mask(value: Any) -> bool:
    """Whether a mask is left in a JSON value, in a key as well."""
    if isinstance(value, dict):
        return any(MASK in key or has_mask(item) for key, item in value.items())
    return (
        any(map(has_mask, value))
        if isinstance(value, list)
        else isinstance(value, str) and MASK in value
    )


def _under(key: str, sent: Any, stored: Any, redactor: Redactor) -> Any:
    if isinstance(sent, str):
        return stored if MASK in sent and sent == redactor.under(key, stored) else sent
    return restored(sent, stored, redactor)
