"""A crontab's assignments: what each changes for the jobs below it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from jobs.importers.contents.base import Remark
from jobs.importers.files.problems import UnreadableFile

MAIL = frozenset({"MAILTO", "MAILFROM", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING"})
SHELL = "/bin/sh"
MOST_VARIABLES = 200


@dataclass(frozen=True)
class Settings:
    """What holds at one line.

    ``zone`` is CRON_TZ, empty where none is set; ``jitter`` counts seconds.
    """

    zone: str = ""
    zone_line: int = 1
    jitter: int = 0
    shell: str = SHELL
    env: dict[str, str] = field(default_factory=dict)

    def of_a_job(self) -> dict[str, Any]:
        return {"zone": self.zone, "jitter": self.jitter, "shell": self.shell, "env": self.env}

    def changed(self, name: str, value: str, line: int) -> tuple[Settings, Remark | None]:
        """The settings after ``name = value``, and what is to say of it; raises UnreadableFile when
        it is too many.
        """
        name, value = _unquoted(name), _unquoted(value)
        if name == "CRON_TZ":
            return replace(self, zone=value, zone_line=line), None
        if name == "SHELL":
            return replace(self, shell=value or SHELL), None  # nosec B604
        if name == "RANDOM_DELAY":
            return self._delayed(value, line)
        if name in MAIL:
            return self, _no_mail(name, value, line)
        if name not in self.env and len(self.env) >= MOST_VARIABLES:
            raise UnreadableFile(f"sets more than {MOST_VARIABLES} variables", line=line, column=1)
        return replace(self, env=self.env | {name: value}), _no_schedule(name, line)

    def _delayed(self, value: str, line: int) -> tuple[Settings, Remark | None]:
        if not (value.isascii() and value.isdigit() and len(value) < 6):
            return self, Remark(line, f"RANDOM_DELAY is not a number of minutes: {value[:20]!r}")
        return replace(self, jitter=int(value) * 60), None


def _no_mail(name: str, value: str, line: int) -> Remark | None:
    if not value:
        return None
    return Remark(line, f"{name} was ignored: no mail is sent", "a run's output is in its log")


def _no_schedule(name: str, line: int) -> Remark | None:
    if name != "TZ":
        return None
    hint = "set CRON_TZ for the times of the lines below it"
    return Remark(
        line, "TZ is handed to the commands and does not move their times, as in cron", hint
    )


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text
