"""Which errors are the same: one short text for the type, what the message says, and where our code
was.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath

MESSAGE_READ, MESSAGE_KEPT = 4_000, 500
TRACEBACK_READ = 50_000

QUOTED = re.compile(r"""(?<!\w)(['"`])(?:(?!\1)[^\n]){0,500}\1(?!\w)""")
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
HAS_DIGIT = re.compile(r"\b\w*\d\w*")
JOINED = re.compile(r"#(?:[-+.,:/_]+#)+")
SPACE = re.compile(r"\s+")

BEGINS = "Traceback (most recent call last):"
FRAME = re.compile(r'^[ |+]*File "([^"\n]+)", line \d+, in ([^\n]+)$', re.MULTILINE)
LIBRARY = re.compile(r"[/\\](?:site|dist)-packages[/\\]|[/\\]lib(?:64)?[/\\]python\d|^<")


def fingerprint(task: str, error_type: str, message: str, traceback: str | None) -> str:
    """40 hex digits, the same for the same kind of error of a task.

    That is: the same exception type, the same message but for numbers, ids and quoted parts, and
    the same innermost function of code that is no library's, whatever its line. ``traceback`` is
    Python's text, or None.
    """
    parts = (task, error_type, normalised(message), innermost(traceback or ""))
    return hashlib.sha1(
        "\0".join(parts).encode("utf-8", "replace"), usedforsecurity=False
    ).hexdigest()


def normalised(message: str) -> str:
    """The message with all that varies from case to case replaced by ``#``."""
    text = message[:MESSAGE_READ]
    for varying in (QUOTED, UUID, HAS_DIGIT, JOINED):
        text = varying.sub("#", text)
    return SPACE.sub(" ", text).strip()[:MESSAGE_KEPT]


def innermost(traceback: str) -> str:
    """``tasks/http.py:fetch``, the last frame outside libraries; empty if there is none."""
    last = traceback[-TRACEBACK_READ:].rpartition(BEGINS)[2]
    for file, function in reversed(FRAME.findall(last)):
        if not LIBRARY.search(file):
            # Two parts of the path: the same code is found under different folders on different
            # machines.
            return "/".join(PurePath(file.replace("\\", "/")).parts[-2:]) + f":{function.strip()}"
    return ""
