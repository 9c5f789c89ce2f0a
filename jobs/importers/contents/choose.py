"""Which kind of text a file holds."""

from __future__ import annotations

import ast
import re
import warnings

from jobs.importers.contents.base import Content, Hints
from jobs.importers.contents.crontab import Crontab
from jobs.importers.contents.json_lines import JsonLines, is_json_lines
from jobs.importers.contents.json_text import JsonText
from jobs.importers.contents.python.text import MOST_CHARACTERS, PythonText
from jobs.importers.contents.unit_text import UnitText, is_unit
from jobs.importers.contents.yaml_text import YamlText, looks_like_yaml

SETS_BEAT_SCHEDULE = re.compile(
    r"^[ \t]*(?:\w+\.)*(?:celery_?)?beat_schedule[ \t]*(?::[^=\n]+)?=[ \t]*(?!=)",
    re.IGNORECASE | re.MULTILINE,
)
MENTIONS = re.compile(r"beat_schedule|add_periodic_task", re.IGNORECASE)
SPEAKS_PYTHON = re.compile(
    r"beat_schedule|add_periodic_task|^(?:from|import|def|class|async)[ \t]",
    re.IGNORECASE | re.MULTILINE,
)
# How a crontab's first line that is not blank begins; no JSON begins so.
CRONTAB_BEGINS = re.compile(
    r"\s*+(?:[#*@%~]|-?(?:[\d*]|H(?=[\s/(]))[\w*()@,/~-]*+[ \t]+\S|[A-Za-z_]\w*+[ \t]*=)"
)


def content_of(text: str, told: Hints) -> Content:
    """Read a text as what it looks like; what looks like nothing is taken for JSON, whose reader
    says what is wrong.

    Raises UnreadableFile.
    """
    if SETS_BEAT_SCHEDULE.search(text) or _is_python(text):
        return PythonText(text, told)
    if is_unit(text):
        return UnitText(text)
    if CRONTAB_BEGINS.match(text) and not looks_like_yaml(text):
        return Crontab(text, told)
    if is_json_lines(text):
        return JsonLines(text)
    return YamlText(text) if looks_like_yaml(text) else JsonText(text)


def _is_python(text: str) -> bool:
    """Whether it is a program: it can be parsed, and does more than to set names as a crontab does
    too.
    """
    if (
        text.lstrip()[:1] in ("{", "[")
        or len(text) > MOST_CHARACTERS
        or not SPEAKS_PYTHON.search(text)
    ):
        return False
    try:
        with warnings.catch_warnings(action="ignore"):
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(MENTIONS.search(text)) or any(
        not isinstance(node, ast.Assign | ast.Expr) for node in body
    )
