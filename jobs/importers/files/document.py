"""A schedule file: its text, read as what it is, and who it is to the jobs it makes."""

from __future__ import annotations

import codecs
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs.importers.contents.base import Content, Hints, Kind, Place, Remark
from jobs.importers.contents.choose import content_of
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

MOST_BYTES = 64 * 1024 * 1024
NOTHING_TOLD = Hints()
NO_ZONE = "UTC"  # what TIME_ZONE is where nobody sets it


class Document:
    """The content of one file; ``name`` is what people call it, ``source`` the absolute path that
    jobs keep.

    Raises UnreadableFile.
    """

    def __init__(
        self,
        name: str,
        text: str = "",
        *,
        source: str = "",
        told: Hints = NOTHING_TOLD,
        content: Content | None = None,
    ) -> None:
        self.name = name
        self.source = source or name
        self._told = told
        self.content = content or content_of(text, replace(told, name=source or name))

    @property
    def value(self) -> Any:
        """What it says, made of plain objects, lists, texts and numbers."""
        return self.content.value

    @property
    def kind(self) -> Kind:
        return self.content.kind

    @property
    def remarks(self) -> list[Remark]:
        """What of the file as a whole is passed over."""
        return self.content.remarks

    @property
    def zone(self) -> str:
        """Of formats that name no time zone: the one that was told, else the site's, as cron takes
        its machine's.
        """
        return self._told.zone or settings.TIME_ZONE

    @property
    def machine_zone(self) -> dict[str, str]:
        """``timezone`` for jobs whose system ran by its machine's clock; nothing where nobody has
        set a zone.

        Then a new job is in UTC, and a person may have given another one to a job that there is.
        """
        is_set = self._told.zone or settings.TIME_ZONE != NO_ZONE
        return {"timezone": self.zone} if is_set else {}

    @property
    def zone_told(self) -> str:
        """Which zone that is, and why."""
        if self._told.zone:
            return f"{self.zone}, as --timezone says"
        if self.machine_zone:
            return f"{self.zone}, the site's TIME_ZONE"
        return "UTC, or in the zone that a job has been given here: TIME_ZONE is not set"

    @property
    def stem(self) -> str:
        """The file's name without folder and ending."""
        return Path(self.name).stem

    def position(self, path: JsonPath) -> Place:
        """Line and column (from 1) of the value at ``path``, or of the nearest value around it that
        exists.
        """
        return self.content.position(path)

    def traps_below(self, path: JsonPath) -> list[tuple[JsonPath, str]]:
        """The values of this part that must be written otherwise to mean one thing only."""
        found = self.content.traps().items()
        return [(place, why) for place, why in found if place[: len(path)] == path]

    def path_text(self, path: JsonPath) -> str:
        return self.content.path_text(path)


def read(path: str | os.PathLike[str], told: Hints = NOTHING_TOLD) -> Document:
    """Read a file; raises UnreadableFile, also when it is not there, too large or no UTF-8."""
    return Document(os.fspath(path), decoded(content(path)), source=source_of(path), told=told)


def source_of(path: str | os.PathLike[str]) -> str:
    """The file's identity: its absolute path.

    Links are kept, as a mounted file may be a link that moves.
    """
    return os.path.abspath(path)  # noqa: PTH100  resolve() would follow links


def content(path: str | os.PathLike[str]) -> bytes:
    """The file's bytes; raises UnreadableFile."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(f"cannot be read: {error.strerror or error}") from error
    if len(raw) > MOST_BYTES:
        raise UnreadableFile(
            f"is larger than {MOST_BYTES // 1024 // 1024} MB", hint="split it into several files"
        )
    return raw


def decoded(raw: bytes) -> str:
    """UTF-8 text, or UTF-16 with the mark that Windows gives it; raises UnreadableFile."""
    encoding = (
        "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    )
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = (
            f"is not {'UTF-16' if encoding == 'utf-16' else 'UTF-8'} text: byte "
            f"0x{raw[error.start]:02x}"
        )
        hint = "convert it: iconv -f latin1 -t utf-8 FILE"
        raise UnreadableFile(message, line=line, column=1, hint=hint) from error
