"""A crontab: its lines as crond reads them.

Each job becomes an object of ``label, schedule, command, stdin, user, zone, jitter, shell, env``.
Assignments hold for the lines below them. A line that is neither job, assignment, comment nor blank
becomes a NoEntry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobs.importers.contents.base import Content, Hints, NoEntry, Place, Remark
from jobs.importers.contents.crontab_names import labels
from jobs.importers.contents.crontab_settings import Settings
from jobs.importers.files.positions import JsonPath

JOB = re.compile(r"-?(?P<schedule>@\S++|(?:\S++[ \t]++){4}\S++)[ \t]++(?P<rest>\S.*)")
ASSIGNMENT = re.compile(r"""(?P<name>"[^"]*"|'[^']*'|[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>.*)""")
NAMES_THE_COLUMN = re.compile(r"#.*\buser(?:[-_ ]?name)?\b[ \t]+(?:command|cmd)\b", re.IGNORECASE)
USERS = frozenset(
    {"root", "daemon", "nobody", "www-data", "ubuntu", "debian", "ec2-user", "vagrant"}
)
# Names that commands have as well: users only beside one that is certain.
MAYBE_USERS = frozenset(
    {
        "adm", "apache", "app", "backup", "bin", "celery", "cron", "deploy", "django", "git",
        "http", "httpd", "list",
        "mail", "man", "mysql", "news", "nginx", "postgres", "proxy", "redis", "sys", "uucp", "www",
    }
)  # fmt: skip
PERCENT = re.compile(r"\\.|%|[^\\%]++|\\", re.DOTALL)
NO_JOB = "this is not a crontab line"
HINT = "a job is five time fields, or a word such as @daily, and a command; a comment begins with #"
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
        self._has_users = has_user_column(lines) if told.user_column is None else told.user_column
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
        self._remark_user(line, user)
        command_at = found.end() - len(command)
        places = {
            "": line.place(),
            "schedule": line.place(found.start("schedule")),
            "command": line.place(command_at),
        }
        self._places.append(places | ({"zone": (settings.zone_line, 1)} if settings.zone else {}))
        command, stdin = split_at_percent(command)
        schedule = " ".join(found["schedule"].split())
        job = {"schedule": schedule, "command": command, "stdin": stdin, "user": user}
        self.value.append(job | settings.of_a_job())

    def _refuse(self, line: _Line, hint: str) -> None:
        self._places.append({"": line.place()})
        self.value.append(NoEntry(NO_JOB, hint))

    def _remark_user(self, line: _Line, user: str) -> None:
        if user and user not in self._users:
            self._users.add(user)
            message = f"the jobs of {user} run as the user of the worker"
            self.remarks.append(
                Remark(line.number, message, "start a worker as that user, with a queue of its own")
            )


def has_user_column(lines: list[_Line]) -> bool:
    """Whether a comment names the column, or every job has a usual user's name and more after its
    time.
    """
    if any(NAMES_THE_COLUMN.match(line.text) for line in lines):
        return True
    jobs = [found["rest"].split(None, 1) for line in lines if (found := _job(line))]
    names = {words[0] for words in jobs}
    return (
        not USERS.isdisjoint(names)
        and names <= USERS | MAYBE_USERS
        and all(len(words) == 2 for words in jobs)
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
