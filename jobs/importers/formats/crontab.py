"""A crontab's lines: each a RunCommand job whose ``argv`` hands the line to the shell, as cron
does.

Jobs are named ``<file stem>:<command>``, with the user between where the crontab has that column.
They are paused until ALLOW_COMMANDS is on; the next import then resumes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs import conf
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.params.registry import COMMAND

# The input goes to the shell that runs the command, whose exit code stays the run's.
WITH_INPUT = 'printf %s "$2" | "$0" -c "$1"'
SWITCHED_OFF = "it runs a command, and ALLOW_COMMANDS is off: set it, and import again"


class CrontabEntry(Entry):
    """A line as jobs.importers.contents.crontab reads it."""

    label: str
    schedule: str
    command: str
    stdin: str | None
    user: str
    zone: str
    jitter: int
    shell: str
    env: dict[str, str]

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        values = {
            "name": f"{document.stem}:{self.label}",
            "task": COMMAND,
            "params": self._params(),
            "schedule": self.schedule,
            "timezone": self.zone or document.zone,
            "jitter_seconds": self.jitter,
            "source": document.source,
        }
        if conf.get().allow_commands:
            return Draft(document, path, keys, values)
        return Draft(
            document, path, keys, values, enabled=False, pause={"paused_reason": SWITCHED_OFF}
        )

    def _params(self) -> dict[str, Any]:
        params: dict[str, Any] = {"argv": self._argv()}
        if self.env:
            params["env"] = self.env
        if home := self.env.get("HOME"):
            params["cwd"] = home
        return params

    def _argv(self) -> list[str]:
        if self.stdin is None:
            return [self.shell, "-c", self.command]
        return [self.shell, "-c", WITH_INPUT, self.shell, self.command, self.stdin]


def _name(members: Mapping[str, Any], document: Document) -> str:
    return f"{document.stem}:{members['label']}"


KEYS: Keys = {
    "name": ("command",),
    "task": ("command",),
    "params": ("command",),
    "schedule": ("schedule",),
    "timezone": ("zone",),
    "jitter_seconds": ("command",),
}

CRONTAB = Format("crontab", CrontabEntry, KEYS, _name, forgiving=False)
