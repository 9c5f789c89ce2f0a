"""What is probably a secret by its name: values under keys such as ``password`` or ``apiToken``."""

from __future__ import annotations

import re
from typing import Any

MASK = "••••••"
REFERENCE = "$secret"  # names a secret and is none
WITHIN = "in"  # beside it: the text in which the secret stands
GAP = "{}"  # where in that text
REFERENCE_KEYS = {REFERENCE, WITHIN}
WORDS = frozenset(
    {
        "password", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token",
        "tokens", "apikey",
        "privatekey", "credential", "credentials", "auth", "authorization", "cookie", "signature",
        "dsn",
    }
)  # fmt: skip
# A key alone finds, sorts or partitions something; these words make one that opens something.
KEYS = frozenset({"key", "keys"})
KINDS_OF_KEY = frozenset(
    {"api", "private", "secret", "access", "encryption", "signing", "ssh", "master"}
)
ENDINGS = ("password", "passwd", "secret", "token", "apikey", "credentials")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_secret(key: str) -> bool:
    """Whether a value under this key is hidden: one of the key's words says so, or its end does."""
    words = words_of(key)
    if not KEYS.isdisjoint(words) and not KINDS_OF_KEY.isdisjoint(words):
        return True
    return not WORDS.isdisjoint(words) or "".join(words).endswith(ENDINGS)


def words_of(key: str) -> list[str]:
    """``smtpHost`` and ``smtp_host`` are both of the words smtp and host."""
    return [word.lower() for word in WORD.findall(key)]


def is_reference(value: object) -> bool:
    """Whether it refers to a secret: ``{"$secret": name}``, or with the text around it as
    ``in``.
    """
    return isinstance(value, dict) and REFERENCE in value and value.keys() <= REFERENCE_KEYS


def is_plain(key: str, value: Any) -> bool:
    """Whether nothing can be hidden here: what is empty is no secret, nor is the name of one."""
    return key == REFERENCE or value in (None, "", [], {}) or isinstance(value, bool)
