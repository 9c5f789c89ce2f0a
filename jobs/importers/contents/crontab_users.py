"""Whether a crontab has a user column: its place says so, else its lines, by the users of this
machine.
"""

from __future__ import annotations

import pwd
import re
import shutil
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import PurePath

NAMES_THE_COLUMN = re.compile(r"#.*\buser(?:[-_ ]?name)?\b[ \t]+(?:command|cmd)\b", re.IGNORECASE)
USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?")
# What cron leaves where it is, beside the files that it reads.
NOT_READ = re.compile(
    r"^\.|~$|^#.*#$|\.(?:rpm(?:save|orig|new)|dpkg-\w+|ucf-\w+|bak|old|orig|swp|disabled|cfsaved)$"
)


def column_by_place(name: str) -> bool | None:
    """What a crontab's path says of it; None where it says nothing.

    /etc/crontab and the files of cron.d have the column; the tables that ``crontab -e`` writes have
    none.
    """
    path = PurePath(name)
    folder = path.parent.name
    if folder == "cron.d" or path.name.endswith(".cron.d") or path.parts[-2:] == ("etc", "crontab"):
        return True
    return (
        False if folder in ("crontabs", "tabs") or path.parts[-3:-1] == ("spool", "cron") else None
    )


def unread_by_cron(name: str) -> str:
    """Why cron does not read this file of its folder; empty where it does."""
    path = PurePath(name)
    if path.parent.name != "cron.d":
        return ""
    if NOT_READ.search(path.name):
        return "cron does not read a file of this name, so it was passed over"
    return ""


def ignored_by_debian(name: str) -> bool:
    """Whether Debian's cron, unlike others, passes a file of cron.d over because of its name."""
    path = PurePath(name)
    return path.parent.name == "cron.d" and not re.fullmatch(r"[A-Za-z0-9_-]+", path.name)


def column_by_lines(comments: Iterable[str], commands: Sequence[str]) -> bool:
    """Whether every job has a user before its command: what stands there could be a name.

    One of them is a user of this machine and no command, so that no shell could run it; or a
    comment names the column, and none of them is a command.
    """
    words = [command.split(None, 1) for command in commands]
    if not words or not all(len(pair) == 2 and _may_be_user(*pair) for pair in words):
        return False
    if any(_is_user(pair[0]) for pair in words):
        return True
    return any(map(NAMES_THE_COLUMN.match, comments)) and not any(
        _is_command(pair[0]) for pair in words
    )


def may_have_users(commands: Sequence[str]) -> bool:
    """Whether each job begins with a word that is both a user of this machine and a command."""
    words = [command.split(None, 1) for command in commands]
    return bool(words) and all(len(pair) == 2 and pair[0] in _users() for pair in words)


def _may_be_user(word: str, rest: str) -> bool:
    """Whether it is a name, and what follows may be a command, which a flag or a redirection is
    not.
    """
    return bool(USER.fullmatch(word)) and word not in BUILT_IN and rest[0] not in "-<>|;&)"


def _is_user(word: str) -> bool:
    return word in _users() and not _is_command(word)


@lru_cache(maxsize=1)
def _users() -> frozenset[str]:
    return frozenset(user.pw_name for user in pwd.getpwall())


@lru_cache(maxsize=1024)
def _is_command(word: str) -> bool:
    """Whether a shell would run it: on a path that root has too."""
    return word in BUILT_IN or shutil.which(word, path=PATH) is not None


PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
BUILT_IN = frozenset(
    {
        ".", ":", "[", "case", "cd", "command", "eval", "exec", "exit", "export", "for", "if",
        "read", "set", "source",
        "test", "times", "trap", "ulimit", "umask", "until", "wait", "while",
    }
)  # fmt: skip
