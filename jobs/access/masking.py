"""Hiding what is probably a secret: values under keys such as ``password`` or ``apiToken``, at any depth."""

from __future__ import annotations

import re
from typing import Any

MASK = "••••••"
REFERENCE = "$secret"  # names a secret and is none
WORDS = frozenset(
    {
        "password", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token", "tokens", "key", "keys",
        "apikey", "privatekey", "credential", "credentials", "auth", "authorization", "cookie", "signature", "dsn",
    }
)  # fmt: skip
ENDINGS = ("password", "passwd", "secret", "token", "apikey", "credentials")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_secret(key: str) -> bool:
    """Whether a value under this key is hidden: one of the key's words says so, or its end does."""
    words = [word.lower() for word in WORD.findall(key)]
    return not WORDS.isdisjoint(words) or "".join(words).endswith(ENDINGS)


def masked(value: Any) -> Any:
    """The same JSON value with MASK for each secret in it; what is empty is no secret, nor is ``{"$secret": name}``."""
    if isinstance(value, dict):
        return {key: hidden(key, item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def hidden(key: str, value: Any) -> Any:
    """The value as it may be shown under this key."""
    is_reference = key == REFERENCE or (isinstance(value, dict) and value.keys() == {REFERENCE})
    if is_reference or value in (None, "", [], {}) or isinstance(value, bool):
        return value
    return MASK if is_secret(key) else masked(value)
