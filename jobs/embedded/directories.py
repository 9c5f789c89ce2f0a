"""Directories for data and sockets: made when missing, private where they must be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from django.core.management import CommandError

from jobs.private import is_open_to_others, mode_of


def make_writable(path: Path) -> Path:
    """Make ``path`` when it is missing and prove that it can be written; raise CommandError naming
    it.
    """
    probe = path / f".write-test-{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CommandError(
            f"DATA_DIR: cannot write to {path} ({error.strerror}); set DATA_DIR to a writable "
            "directory."
        ) from error
    return path


def close_to_others(path: Path) -> str:
    """Let nobody else into DATA_DIR; returns the mode that it had where that was wider, else
    nothing.

    Raises CommandError where it is another user's to close.
    """
    if not is_open_to_others(path):
        return ""
    before = mode_of(path)
    try:
        path.chmod(0o700)
    except OSError as error:
        raise CommandError(
            f"DATA_DIR: others on this machine may look into {path} (mode {before}), which "
            "holds secrets, and it is "
            "not ours to close; its owner can (chmod 700), or set DATA_DIR to a directory of "
            "your own."
        ) from error
    return before


def make_private(path: Path) -> Path:
    """Make ``path`` readable by us alone (0700); raise CommandError when it belongs to somebody
    else.

    A fallback directory lies in the shared temp directory, where another user could have put one
    first.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise CommandError(
            f"{path} belongs to another user; set DATA_DIR to a shorter path, or remove it."
        )
    path.chmod(0o700)
    return path
