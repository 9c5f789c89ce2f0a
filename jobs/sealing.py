"""Texts that are encrypted where they are stored: the first of SECRETS_KEYS encrypts, each of them
decrypts.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from jobs import conf


class Unreadable(ValueError):
    """None of the keys opens it: the one that sealed it is gone."""


def sealed(text: str) -> str:
    """The text as only who has the keys can read it."""
    return _box().encrypt(text.encode()).decode()


def unsealed(token: str) -> str:
    """The text again; raises Unreadable."""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unreadable("none of SECRETS_KEYS opens it") from None


def resealed(token: str) -> str:
    """The same text sealed with the first key; raises Unreadable."""
    try:
        return _box().rotate(token.encode()).decode()
    except InvalidToken:
        raise Unreadable("none of SECRETS_KEYS opens it") from None


def is_current(token: str) -> bool:
    """Whether the first key opens it."""
    try:
        _boxes(conf.get().secrets_keys[:1]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def new_key() -> str:
    """A key as SECRETS_KEYS takes it."""
    return Fernet.generate_key().decode()


def _box() -> MultiFernet:
    return _boxes(conf.get().secrets_keys)


@lru_cache(maxsize=4)
def _boxes(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
