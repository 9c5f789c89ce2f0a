"""The seal of a message: who wrote it held one of the keys, and nobody has changed it since.

Pure: no Django, no Celery. The seal is over the body as it lies in the broker, its content type and
every header but those that come on the way: ``compression`` and ``redelivered``, which kombu adds,
and ``x-…``, which brokers add.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

HEADER = "beatwright_seal"
VERSION = "1"
ON_THE_WAY = "x-"
UNSEALED = frozenset({HEADER, "compression", "redelivered"})


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


def seal(key: str, headers: Mapping[str, Any], body: bytes | str, content: tuple[Any, Any]) -> str:
    """What goes into HEADER; ``content`` is the content type and encoding."""
    return seal_of_text(key, told_text(headers), body, content)


def told_text(headers: Mapping[str, Any]) -> str:
    """The headers that the seal is over, as one JSON text."""
    return _encode({name: value for name, value in headers.items() if is_told(name)})


def is_told(name: str) -> bool:
    """Whether the seal is over this header."""
    return not (name in UNSEALED or name.startswith(ON_THE_WAY))


def seal_of_text(key: str, text: str, body: bytes | str, content: tuple[Any, Any]) -> str:
    """The seal where ``told_text(headers)`` is at hand."""
    return _made(key, _sealed_part(text, body, content))


def is_sealed(
    keys: Sequence[str], headers: Mapping[str, Any], body: bytes | str, content: tuple[Any, Any]
) -> bool:
    """Whether one of the keys has made the message's seal."""
    said = headers.get(HEADER)
    if not isinstance(said, str) or not said.isascii():
        return False
    part = _sealed_part(told_text(headers), body, content)
    return any(hmac.compare_digest(said, _made(key, part)) for key in keys)


def _sealed_part(text: str, body: bytes | str, content: tuple[Any, Any]) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    # JSON in ASCII has no NUL byte: where it ends and the body begins is never in doubt.
    return b"\0".join(
        (b"beatwright message", f'["{VERSION}",{_encode(content)},{text}]'.encode(), raw)
    )


def _made(key: str, part: bytes) -> str:
    return f"{VERSION}:{hmac.digest(key.encode(), part, 'sha256').hex()}"
