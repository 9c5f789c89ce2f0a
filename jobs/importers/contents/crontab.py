"""A crontab: its lines as crond reads them.

Each job becomes an object of ``label, schedule, command, stdin, user, zone, jitter, shell, env``.
Assignments hold for the lines below them. A line that is neither job, assignment, comment nor blank
becomes a NoEntry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from jobs.importers.contents.base import Content, Hints, NoEntry, Place, Remark
from jobs.importers.contents.crontab_names import labels
from jobs.importers.contents.crontab_settings import Settings
from jobs.importers.contents.crontab_users import (
    column_by_lines,
    column_by_place,
    ignored_by_debian,
    may_have_users,
    unread_by_cron,
)
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

JOB = re.compile(
    r"-?(?P<schedule>@every[ \t]++\d\S*+|@\S++|(?:\S++[ \t]++){4}\S++)[ \t]++(?P<rest>\S.*)",
    re.IGNORECASE,
)
# A time field where the command begins: some crons have one for the seconds, or one for the year.
FIELD_TOO_MANY = re.compile(
    r"(?:\*(?:/\d+)?|\?|\d+(?:[-,/]\d+)+|20\d\d|[*\d]+(?=[ \t]+\*[ \t]))(?=[ \t])"
)
# The command itself ends at once, and leaves something behind.
LEFT_BEHIND = re.compile(r"(?<![&>\\|<])&[\s)};]*(?:\bdisown\b[\s\w%-]*|\bexit\b[\s\d]*)?[\s)};]*$")
ANACRON = re.compile(r"(?:@\w+|\d+)[ \t]+\d+[ \t]+[^\s*/,=@][^\s*/,=]*[ \t]+\S")
FIVE_TIMES = re.compile(r"-?(?:(?:[\d*][\w*,/-]*|[A-Za-z]{3}[\w,/-]*)[ \t]+){5}")
ASSIGNMENT = re.compile(r"""(?P<name>"[^"]*"|'[^']*'|[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>.*)""")
PERCENT = re.compile(r"\\.|%|[^\\%]++|\\", re.DOTALL)
NO_JOB = "this is not a crontab line"
HINT = "a job is five time fields, or a word such as @daily, and a command; a comment begins with #"
TOO_MANY = "a time field stands where the command begins"
TOO_MANY_HINT = "five fields are read: leave out those of the seconds and of the year"
ANACRON_HINT = (
    "write each job as a time and a command, such as: 30 7 * * * run-parts /etc/cron.daily"
)
BEHIND = "the command ends with &: what it starts in the background is ended with the run"
BEHIND_HINT = "take the & away, so that the run lasts as long as the work"
NO_USER_HINT = "this crontab has a user column, so a user stands before the command"


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str

    def place(self, offset: int = 0) -> Place:
        return self.number, self.indent + offset + 1


class Crontab(Content):
    """``value`` is the list of its jobs.

    ``told.user_column`` None: the lines are looked at. Raises UnreadableFile.
    """

    kind = "crontab"

    def __init__(self, text: str, told: Hints) -> None:
        super().__init__([])
        self._places: list[dict[str, Place]] = []
        lines = list(_lines(text))
        _refuse_anacrontab(told.name, lines)
        if reason := unread_by_cron(told.name):
            self.remarks.append(Remark(1, reason))
            lines = []
        self._has_users = self._column(lines, told)
        self._users: set[str] = set()
        settings = Settings()
        for line in lines:
            settings = self._read(line, settings)
        _name([job for job in self.value if isinstance(job, dict)])

    def position(self, path: JsonPath) -> Place:
        if not path or not isinstance(path[0], int) or path[0] >= len(self._places):
            return 1, 1
        places = self._places[path[0]]
        return places.get(str(path[-1]), places[""])

    def path_text(self, path: JsonPath) -> str:
        return ""

    def _column(self, lines: list[_Line], told: Hints) -> bool:
        """Whether there is a user column: as it was told, by the file's place, or by its lines."""
        if ignored_by_debian(told.name) and lines:
            self.remarks.append(
                Remark(1, "Debian's cron does not read a file whose name has a dot; others do")
            )
        known = column_by_place(told.name) if told.user_column is None else told.user_column
        if known is not None:
            return known
        commands = [found["rest"] for line in lines if (found := _job(line))]
        has_users = column_by_lines(
            (line.text for line in lines if line.text.startswith("#")), commands
        )
        if not has_users and may_have_users(commands):
            message = (
                "the words before the commands are users of this machine too, and were "
                "read as commands"
            )
            self.remarks.append(Remark(1, message, "give --user-column if they are users"))
        return has_users

    def _read(self, line: _Line, settings: Settings) -> Settings:
        """Add the line's job, if it is one; returns the settings for the lines below."""
        if line.text.startswith("#"):
            return settings
        if found := ASSIGNMENT.fullmatch(line.text):
            settings, remark = settings.changed(found["name"], found["value"], line.number)
            self.remarks += [remark] if remark else []
            return settings
        job = JOB.fullmatch(line.text)
        self._add_job(line, job, settings) if job else self._refuse(line, HINT)
        return settings

    def _add_job(self, line: _Line, found: re.Match[str], settings: Settings) -> None:
        user, command = _user_and_command(found["rest"]) if self._has_users else ("", found["rest"])
        if not command:
            self._refuse(line, NO_USER_HINT)
            return
        if FIELD_TOO_MANY.match(command):
            self._refuse(line, TOO_MANY_HINT, TOO_MANY)
            return
        self._remark_user(line, user)
        command_at = found.end() - len(command)
        places = {
            "": line.place(),
            "schedule": line.place(found.start("schedule")),
            "command": line.place(command_at),
        }
        self._places.append(places | ({"zone": (settings.zone_line, 1)} if settings.zone else {}))
        command, stdin = split_at_percent(command)
        if LEFT_BEHIND.search(command):
            self.remarks.append(Remark(line.number, BEHIND, BEHIND_HINT))
        schedule = " ".join(found["schedule"].split())
        job = {"schedule": schedule, "command": command, "stdin": stdin, "user": user}
        self.value.append(job | settings.of_a_job())

    def _refuse(self, line: _Line, hint: str, message: str = NO_JOB) -> None:
        self._places.append({"": line.place()})
        self.value.append(NoEntry(message, hint))

    def _remark_user(self, line: _Line, user: str) -> None:
        if user and user not in self._users:
            self._users.add(user)
            message = f"the jobs of {user} run as the user of the worker"
            self.remarks.append(
                Remark(line.number, message, "start a worker as that user, with a queue of its own")
            )


def _refuse_anacrontab(name: str, lines: list[_Line]) -> None:
    """Raise UnreadableFile for anacron's own table: its numbers are days and minutes of delay."""
    jobs = [
        line.text
        for line in lines
        if not line.text.startswith("#") and not ASSIGNMENT.fullmatch(line.text)
    ]
    is_anacron = bool(jobs) and all(
        ANACRON.match(text) and not FIVE_TIMES.match(text) for text in jobs
    )
    if is_anacron or PurePath(name).name == "anacrontab":
        line = next((line.number for line in lines if line.text in jobs), 1)
        raise UnreadableFile(
            "is an anacrontab: period, delay, name, command", line=line, column=1, hint=ANACRON_HINT
        )


def split_at_percent(text: str) -> tuple[str, str | None]:
    """The command, and what it reads from its input: after the first bare %, where each further one
    ends a line.

    A backslash makes a % an ordinary character.
    """
    parts = [""]
    for piece in PERCENT.findall(text):
        if piece == "%":
            parts.append("")
        else:
            parts[-1] += "%" if piece == r"\%" else piece
    return parts[0].rstrip(), "\n".join(parts[1:]) + "\n" if len(parts) > 1 else None


def _lines(text: str) -> Iterator[_Line]:
    for number, raw in enumerate(text.split("\n"), start=1):
        if stripped := raw.strip(" \t\r\f\v"):
            yield _Line(number, len(raw) - len(raw.lstrip(" \t\r\f\v")), stripped)


def _user_and_command(rest: str) -> tuple[str, str]:
    words = rest.split(None, 1)
    return words[0], words[1] if len(words) > 1 else ""


def _job(line: _Line) -> re.Match[str] | None:
    is_other = line.text.startswith("#") or ASSIGNMENT.fullmatch(line.text)
    return None if is_other else JOB.fullmatch(line.text)


def _name(jobs: list[dict[str, Any]]) -> None:
    for job, label in zip(jobs, labels(jobs), strict=True):
        job["label"] = label
