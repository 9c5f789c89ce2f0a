"""Python source that sets ``beat_schedule``: read as a text, never run.

``value`` is ``{"beat_schedule": {name: entry}, "timezone": zone}`` with plain values; a schedule
becomes a number of seconds, or ``{"crontab": {…}}``, or ``{"solar": []}``. Every mention of the
schedule is an entry, is passed over with a remark, or becomes a NoEntry that says why only running
the source could tell.
"""

from __future__ import annotations

import ast
import warnings

from jobs.importers.contents.base import Content, Hints, NoEntry, Place
from jobs.importers.contents.python.ledger import HINT, ROOT, ZONE, Ledger
from jobs.importers.contents.python.mentions import mentions
from jobs.importers.contents.python.walk import Walk
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

MOST_CHARACTERS = 2_000_000


class PythonText(Content):
    """Raises UnreadableFile."""

    kind = "python"

    def __init__(self, text: str, told: Hints) -> None:
        tree = _parsed(text)
        ledger = Ledger(text.split("\n"))
        try:
            Walk(tree, ledger)
        except RecursionError:
            raise UnreadableFile("is nested too deep") from None
        if not ledger.entries and not any(True for _ in mentions(tree)):
            raise UnreadableFile(
                "is Python that sets no beat_schedule", line=1, column=1, hint=HINT
            )
        if isinstance(ledger.zone, NoEntry) and not told.zone:
            ledger.add(ledger.zone, ledger.places[(ZONE,)])
        zone = ledger.zone if isinstance(ledger.zone, str) else ""
        super().__init__({ROOT: ledger.entries, ZONE: zone}, ledger.remarks)
        self._places = ledger.places

    def position(self, path: JsonPath) -> Place:
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, (1, 1))


def _parsed(text: str) -> ast.Module:
    if len(text) > MOST_CHARACTERS:
        raise UnreadableFile("is too long for Python source", hint=HINT)
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except SyntaxError as error:
        line, column = error.lineno or 0, max(error.offset or 0, 1)
        raise UnreadableFile(f"is not Python: {error.msg}", line=line, column=column) from None
    except (RecursionError, MemoryError):
        raise UnreadableFile("is nested too deep") from None
    except ValueError as error:
        raise UnreadableFile(f"is not Python: {error}") from None
