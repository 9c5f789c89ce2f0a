"""Which kind of text a file holds."""

from __future__ import annotations

import ast
import re
import warnings
from importlib import import_module

from jobs.importers.contents.base import Content, Hints
from jobs.importers.contents.crontab import Crontab
from jobs.importers.contents.json_lines import JsonLines, is_json_lines
from jobs.importers.contents.json_text import JsonText
from jobs.importers.contents.python.text import MOST_CHARACTERS, PythonText
from jobs.importers.contents.toml_text import TomlText
from jobs.importers.contents.unit_text import UnitText, is_unit
from jobs.importers.files.problems import UnreadableFile

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
# How YAML begins: a document's mark, a list of mappings, or a key with something below it.
YAML_BEGINS = re.compile(
    r"(?:\s*(?:#[^\n]*)?\n)*(?:---|- ?\w[\w.]*[ \t]*:"
    r"|[\"']?\$?[\w.\-]+[\"']?:[ \t]*(?:\r?\n[ \t-]|[\w\"'.]))"
)
# Our own form in TOML: its tables, which no other kind of text has, or how one without any begins.
TOML_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*jobs[ \t]*\]\][ \t\r]*(?:#|$)", re.MULTILINE)
TOML_BEGINS = re.compile(
    r"""(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*(?:format|["']\$schema["'])[ \t]*=[ \t]*["']"""
)


def content_of(text: str, told: Hints) -> Content:
    """Read a text as what it looks like; what looks like nothing is taken for JSON, whose reader
    says what is wrong.

    Raises UnreadableFile.
    """
    if SETS_BEAT_SCHEDULE.search(text) or _is_python(text):
        return PythonText(text, told)
    if TOML_TABLE.search(text) or TOML_BEGINS.match(text):
        return TomlText(text)
    if is_unit(text):
        return UnitText(text)
    if CRONTAB_BEGINS.match(text) and not YAML_BEGINS.match(text):
        return Crontab(text, told)
    if is_json_lines(text):
        return JsonLines(text)
    return _yaml(text) if YAML_BEGINS.match(text) else JsonText(text)


def _yaml(text: str) -> Content:
    try:  # a project may do without PyYAML
        reader: Content = import_module("jobs.importers.contents.yaml_text").YamlText(text)
    except ModuleNotFoundError as error:
        hint = "pip install pyyaml, or write it as JSON"
        raise UnreadableFile("is YAML, which needs PyYAML", hint=hint) from error
    return reader


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
