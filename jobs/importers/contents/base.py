"""What every kind of text is read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from jobs.importers.files.positions import JsonPath
from jobs.params.limits import joined

Kind = Literal["json", "crontab", "python"]
Place = tuple[int, int]


@dataclass(frozen=True)
class Hints:
    """What a person says of a file that it may not say itself.

    ``zone``: in which its times are read, where the file names none. ``user_column``: whether a
    crontab has one, as /etc/crontab has; None leaves that to be seen from the file. ``name``: what
    the file is called, and where it lies.
    """

    zone: str = ""
    user_column: bool | None = None
    name: str = ""


@dataclass(frozen=True)
class NoEntry:
    """Stands where an entry was looked for and none could be read; ``is_wrong`` says whether that
    is a mistake.
    """

    message: str
    hint: str = ""
    name: str = ""
    is_wrong: bool = True


@dataclass(frozen=True)
class Remark:
    """Something of the file as a whole that a job does not keep."""

    line: int
    message: str
    hint: str = ""


@dataclass
class Content:
    """``value`` is what the text says; ``remarks`` what of it is passed over."""

    kind: ClassVar[Kind]

    value: Any
    remarks: list[Remark] = field(default_factory=list)

    def position(self, path: JsonPath) -> Place:
        """Line and column (from 1) of the value at ``path``, or of the nearest value around it that
        exists.
        """
        raise NotImplementedError

    def traps(self) -> Mapping[JsonPath, str]:
        """Values that another reader of the same text would take for something else, and why."""
        return {}

    def path_text(self, path: JsonPath) -> str:
        """The path as people write it, ``jobs[3].taskParams``; empty where line and column say it
        all.
        """
        text = ""
        for step in path:
            text = joined(text, step)
        return text
