"""Which format a file has: its content decides, never its name."""

from __future__ import annotations

from typing import Any

from jobs.importers.document import Document
from jobs.importers.formats.base import Format
from jobs.importers.formats.native import FORMAT, NATIVE
from jobs.importers.formats.system_a import SYSTEM_A
from jobs.importers.formats.system_e import SYSTEM_E
from jobs.importers.problems import UnreadableFile

SAMPLE = 100
# First come, first served where two know as many of the keys.
FORMATS = (NATIVE, SYSTEM_A, SYSTEM_E)


def entries_of(document: Document) -> tuple[Format, tuple[str, ...], list[Any]]:
    """The file's format, the path of its list of jobs, and that list; raises UnreadableFile."""
    value = document.value
    if isinstance(value, list):
        return _format_of(value), (), value
    if not isinstance(value, dict) or not isinstance(value.get("jobs"), list):
        line, column = document.position(("jobs",))
        raise UnreadableFile(
            "is no schedule file", line=line, column=column, hint='wanted: {"jobs": […]}, or an array of jobs'
        )
    return _declared(document, value) or _format_of(value["jobs"]), ("jobs",), value["jobs"]


def _declared(document: Document, value: dict[str, Any]) -> Format | None:
    if "format" not in value:
        return None
    if value["format"] != FORMAT:
        line, column = document.position(("format",))
        raise UnreadableFile(
            f"has a format that is not known: {value['format']!r}", line=line, column=column, hint=f"known: {FORMAT!r}"
        )
    return NATIVE


def _format_of(entries: list[Any]) -> Format:
    """The format that knows the most of the first entries' keys."""
    keys = [key.casefold() for entry in entries[:SAMPLE] if isinstance(entry, dict) for key in entry]
    return max(FORMATS, key=lambda file_format: _known(file_format, keys))


def _known(file_format: Format, keys: list[str]) -> int:
    known = {key.casefold() for key in file_format.known_keys}
    return sum(key in known for key in keys)
