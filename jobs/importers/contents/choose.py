"""Which kind of text a file holds."""

from __future__ import annotations

import re

from jobs.importers.contents.base import Content, Hints
from jobs.importers.contents.crontab import Crontab
from jobs.importers.contents.json_text import JsonText
from jobs.importers.contents.python_text import PythonText

SETS_BEAT_SCHEDULE = re.compile(
    r"^[ \t]*(?:\w+\.)*(?:celery_?)?beat_schedule[ \t]*(?::[^=\n]+)?=[ \t]*(?!=)",
    re.IGNORECASE | re.MULTILINE,
)
# How a crontab's first line that is not blank begins; no JSON begins so.
CRONTAB_BEGINS = re.compile(r"\s*+(?:[#*@]|-?[\d*][\d*,/~-]*+[ \t]+\S|[A-Za-z_]\w*+[ \t]*=)")


def content_of(text: str, told: Hints) -> Content:
    """Read a text as what it looks like; what looks like nothing is taken for JSON, whose reader
    says what is wrong.

    Raises UnreadableFile.
    """
    if SETS_BEAT_SCHEDULE.search(text):
        return PythonText(text)
    return Crontab(text, told) if CRONTAB_BEGINS.match(text) else JsonText(text)
