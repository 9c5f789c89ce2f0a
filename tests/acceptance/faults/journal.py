"""What the tasks wrote down while they ran, as attempts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Entry:
    """One attempt as its body saw it; ``ended`` is None where the process was gone first.

    Times are Unix seconds.
    """

    run: str
    attempt: int
    job: str
    pid: int
    started: float
    ended: float | None = None
    how: str = ""
    said: list[dict[str, Any]] = field(default_factory=list)


class Journals:
    """The file that all tasks of a site append to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> Iterator[dict[str, Any]]:
        text = self.path.read_text() if self.path.exists() else ""
        complete, _, _ = text.rpartition("\n")  # a line may just be on its way
        return (json.loads(line) for line in complete.splitlines())

    def entries(self, job: str = "") -> list[Entry]:
        """Every start, in the order in which they were written; two starts of one attempt are two
        entries.
        """
        entries: list[Entry] = []
        latest: dict[tuple[str, int, int], Entry] = {}
        for line in self.lines():
            key = (line["run"], line["attempt"], line["pid"])
            if line["event"] == "start":
                latest[key] = Entry(
                    line["run"], line["attempt"], line["job"], line["pid"], line["wall"]
                )
                entries.append(latest[key])
            elif line["event"] == "end":
                latest[key].ended, latest[key].how = line["wall"], line["how"]
            else:
                latest[key].said.append(line)
        return [entry for entry in entries if not job or entry.job == job]

    def running(self) -> list[Entry]:
        """Attempts that have begun and written no end."""
        return [entry for entry in self.entries() if entry.ended is None]
