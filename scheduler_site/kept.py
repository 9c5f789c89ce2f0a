"""Secrets that are made once where nobody sets them, and kept in DATA_DIR, readable by its owner
alone.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from scheduler_site.config import Config, fernet_keys

SHORTEST_KEY = 32  # characters; token_urlsafe(50) has 67


class Keys(tuple[str, ...]):
    """Keys of messages or of secrets; whoever prints them sees how many there are.

    ``are_kept``: made here, not set.
    """

    __slots__ = ()
    are_kept = False

    def __repr__(self) -> str:
        return f"<{len(self)} keys>"

    __str__ = __repr__


class KeptKeys(Keys):
    """Keys that this DATA_DIR alone knows."""

    __slots__ = ()
    are_kept = True


def secret_key(config: Config) -> str:
    """SECRET_KEY, or the one kept in DATA_DIR.

    It signs sessions and forms, of which a scheduler, a worker and Flower have none: where there is
    none yet, Celery's processes make one that ends with them.
    """
    if config.secret_key:
        return config.secret_key
    if _is_celery() and not (config.data_dir / "secret_key").exists():
        return _token()
    return _kept(config, "secret_key", "the secret key", _token)


def message_keys(config: Config) -> Keys:
    """MESSAGE_KEYS, or the one kept in DATA_DIR; a file there may hold several, with commas or in
    lines.
    """
    if config.message_keys:
        return Keys(_checked(config.message_keys, "MESSAGE_KEYS"))
    kept = _kept(config, "message_keys", "the keys of messages", _token)
    return KeptKeys(_checked(re.split(r"[,\s]+", kept), str(config.data_dir / "message_keys")))


def _checked(keys: Iterable[str], where: str) -> tuple[str, ...]:
    given = tuple(filter(None, keys))
    if not given or any(len(key) < SHORTEST_KEY for key in given):
        raise ImproperlyConfigured(f"{where}: each key needs {SHORTEST_KEY} characters at least.")
    return given


def _is_celery() -> bool:
    """Whether this is a process of ``celery``, however it was called."""
    program = Path(sys.argv[0])
    return "celery" in (program.name, program.parent.name)


def secrets_keys(config: Config) -> Keys:
    """SECRETS_KEYS, or those kept in DATA_DIR, one a line: the first encrypts, and each
    decrypts.
    """
    if config.secrets_keys:
        return Keys(config.secrets_keys)
    kept = _kept(
        config, "secrets_keys", "the keys of secrets", lambda: Fernet.generate_key().decode()
    ).split()
    try:
        return KeptKeys(fernet_keys(kept))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR: {config.data_dir.absolute() / 'secrets_keys'}: {error}"
        ) from None


def made_here(**keys: Keys) -> list[str]:
    """The names of those that nobody has set."""
    return [name for name, given in keys.items() if given.are_kept]


def _token() -> str:
    return secrets.token_urlsafe(50)


def _kept(config: Config, name: str, what: str, make: Callable[[], str]) -> str:
    path = config.data_dir / name
    try:
        if not path.exists():
            _keep(path, make())
        return path.read_text()
    except OSError as error:
        problem = f"cannot keep {what} in {config.data_dir.absolute()} ({error.strerror})"
        raise ImproperlyConfigured(
            f"DATA_DIR: {problem}; set it to a writable directory."
        ) from None


def _keep(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secret)
    try:
        os.link(draft, path)  # the first process to link wins; the others read what it wrote
    except FileExistsError:
        pass
    finally:
        draft.unlink()
