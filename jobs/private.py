"""What the product writes on its machine is for the user it runs as alone; what tasks write is the
tasks' business.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

OTHERS = 0o077
# The umask that the first of our processes was started with, for those that it starts.
AS_STARTED = "BEATWRIGHT_UMASK"


def keep_private() -> None:
    """From here on, nobody else may open files and sockets that this process makes, nor those of
    its children.
    """
    before = os.umask(OTHERS)
    os.environ.setdefault(AS_STARTED, f"{before:04o}")


def let_bodies_share() -> None:
    """In a pool child: bodies write files with the umask that whoever started the worker had
    chosen.
    """
    if before := os.environ.pop(AS_STARTED, ""):
        os.umask(int(before, 8))


def is_open_to_others(path: Path) -> bool:
    """Whether anybody but its owner may do anything with it; False where there is nothing."""
    try:
        return bool(path.stat().st_mode & OTHERS)
    except FileNotFoundError:
        return False


def mode_of(path: Path) -> str:
    """As ``chmod`` takes it: ``0755``."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
